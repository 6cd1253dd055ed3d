//! Gives a call tree so much time and no more: each layer may narrow the deadline, none can widen it.
//!
//! `cargo run --example deadline`

use std::time::Duration;

use ctx_core::{Ctx, Error, cancellable};
use tokio::time::sleep;

const HOUR: Duration = Duration::from_secs(3600);

/// Has 50 ms, or what its caller has left if that is less.
#[cancellable(timeout = "50ms")]
async fn ask_the_oracle(question: &str) -> Result<String, Error> {
    println!(
        "{question} (answer within {:.1?})",
        ctx.remaining().unwrap_or_default()
    );
    sleep(HOUR).await;
    Ok("42".into())
}

/// The same by hand.
async fn ask_the_oracle_by_hand(ctx: &Ctx, question: &str) -> Result<String, Error> {
    let ctx = ctx.with_timeout(Duration::from_millis(50));
    ctx.run(async {
        println!(
            "{question} (answer within {:.1?})",
            ctx.remaining().unwrap_or_default()
        );
        sleep(HOUR).await;
        "42".into()
    })
    .await
}

/// The caller says how long: a `timeout` may be an expression of the arguments.
#[cancellable(timeout = patience)]
async fn ask_patiently(patience: Duration) -> Result<String, Error> {
    ask_the_oracle(ctx, "And now?").await
}

/// A fn whose return type has no room for an error says what stands for it.
#[cancellable(timeout = "20ms", or = "no answer")]
async fn ask_casually() -> &'static str {
    sleep(HOUR).await;
    "a good answer"
}

/// Looks at the time left and settles for less if it is short.
#[cancellable]
async fn ask_wisely() -> Result<&'static str, Error> {
    match ctx.remaining() {
        Some(left) if left < Duration::from_secs(60) => Ok("a guess"),
        _ => {
            ctx.sleep(Duration::from_millis(1)).await?;
            Ok("a proof")
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let ctx = Ctx::background();

    let error = ask_the_oracle(&ctx, "How long?").await.unwrap_err();
    assert!(error.is_deadline_exceeded());
    println!("{error}");
    let error = ask_the_oracle_by_hand(&ctx, "How long?").await.unwrap_err();
    assert!(error.is_deadline_exceeded());

    // The outer deadline is the nearer one: `ask_the_oracle` cannot have its 50 ms.
    let error = ask_patiently(&ctx, Duration::from_millis(10))
        .await
        .unwrap_err();
    assert!(error.is_deadline_exceeded());
    let hour = ctx.with_timeout(HOUR);
    assert_eq!(hour.with_timeout(2 * HOUR).deadline(), hour.deadline());

    assert_eq!(ask_casually(&ctx).await, "no answer");
    assert_eq!(ask_wisely(&ctx).await?, "a proof");
    assert_eq!(
        ask_wisely(&ctx.with_timeout(Duration::from_secs(30))).await?,
        "a guess"
    );

    // A cause says whose deadline it was.
    let lunch = ctx.with_timeout_cause(Duration::from_millis(10), "the kitchen closes");
    let error = lunch.sleep(HOUR).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "context deadline exceeded: the kitchen closes"
    );
    Ok(())
}
