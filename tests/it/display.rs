//! How a context prints: as the calls that made it, without its secrets.

use ctx_core::Ctx;

use crate::support::{advance, ms};

ctx_core::ctx_key! {
    struct UserIp(&'static str);

    #[key(secret)]
    struct Token(String);
}

#[tokio::test(start_paused = true)]
async fn it_prints_the_calls_that_made_it() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    let ctx = ctx.with_timeout(ms(300)).with_value(UserIp("10.0.0.1"));
    advance(180).await;
    assert_eq!(
        ctx.to_string(),
        "background.with_cancel.with_timeout(300ms, 120ms left).with_value(UserIp)"
    );
}

#[test]
fn the_roots_print_their_names() {
    assert_eq!(Ctx::background().to_string(), "background");
    assert_eq!(Ctx::todo().to_string(), "todo");
    assert_eq!(
        Ctx::todo().with_value(UserIp("x")).to_string(),
        "todo.with_value(UserIp)"
    );
}

#[tokio::test(start_paused = true)]
async fn a_done_context_still_prints() {
    let (ctx, cancel) = Ctx::background().with_timeout(ms(10)).with_cancel();
    advance(20).await;
    cancel.cancel();
    assert!(ctx.to_string().starts_with("background.with_timeout(10ms"));
    assert!(!format!("{ctx:?}").is_empty());
}

#[test]
fn debug_says_no_less_and_neither_tells_secrets() {
    let ctx = Ctx::background()
        .with_value(Token("hunter2".into()))
        .with_value(UserIp("10.0.0.1"));
    for text in [ctx.to_string(), format!("{ctx:?}"), format!("{ctx:#?}")] {
        assert!(text.contains("Token") && text.contains("UserIp"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert_eq!(ctx.value::<Token>().map(|token| &*token.0), Some("hunter2"));
    assert!(
        !ctx.to_string().contains("10.0.0.1"),
        "Display names keys, never values"
    );
}

#[test]
fn other_types_never_print_a_secret() {
    let (ctx, cancel) = Ctx::background()
        .with_value(Token("hunter2".into()))
        .with_cancel();
    let done = format!("{:?} {:?}", ctx.done(), ctx.run(std::future::ready(())));
    assert!(!done.contains("hunter2"), "{done}");
    cancel.cancel();
    let err = ctx.err().expect("done");
    for text in [
        format!("{err:?}"),
        err.report().to_string(),
        format!("{cancel:?}"),
    ] {
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_derivation_leaves_its_name() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    let (other, _cancel_other) = Ctx::todo().with_cancel();
    let table = [
        (
            ctx.with_deadline(tokio::time::Instant::now() + ms(10)),
            ".with_deadline(",
        ),
        (ctx.with_timeout_cause(ms(10), "slow"), ".with_timeout"),
        (ctx.with_grace(ms(10)), ".with_grace(10ms"),
        (ctx.without_cancel(), ".without_cancel"),
        (ctx.merge(&other), ".merge("),
    ];
    for (ctx, name) in table {
        let text = ctx.to_string();
        assert!(text.starts_with("background."), "{text}");
        assert!(text.contains(name), "{text} lacks {name}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_longest_spans_print_by_their_name() {
    use std::time::Duration;
    let ctx = Ctx::background().with_timeout(Duration::MAX);
    let whole = "background.with_timeout(Duration::MAX, never over)";
    assert_eq!(ctx.to_string(), whole);
    let ctx = Ctx::background()
        .with_timeout(ms(5))
        .with_grace(Duration::MAX);
    let whole = "background.with_timeout(5ms, 5ms left).with_grace(Duration::MAX)";
    assert_eq!(ctx.to_string(), whole);
    // The earlier deadline is above.
    let ctx = Ctx::background()
        .with_timeout(ms(5))
        .with_timeout(Duration::MAX);
    assert!(ctx.to_string().ends_with("(Duration::MAX, 5ms left)"));
}
