//! Fns whose signature belongs to others, and which take the context that they are polled under first.

use std::time::Duration;

use ctx_core::{Ctx, cancellable, ctx_key};
use tokio::task::yield_now;

use crate::support::{Log, Noisy, Outcome, cancellable_ctx, finish};

ctx_key! {
    struct User(&'static str);
}

trait Foreign {
    async fn handle(&self, a: Noisy) -> Outcome<&'static str>;
    async fn in_time(&self) -> Outcome<Option<Duration>>;
}

struct Handler;

#[cancellable(current)]
impl Foreign for Handler {
    async fn handle(&self, a: Noisy, #[value] user: Option<&User>) -> Outcome<&'static str> {
        a.log.say("body");
        yield_now().await;
        yield_now().await;
        Ok(user.map_or(a.name, |user| user.0))
    }

    #[cancellable(timeout = "1s")]
    async fn in_time(&self) -> Outcome<Option<Duration>> {
        yield_now().await;
        assert_eq!(
            Ctx::current().and_then(|current| current.deadline()),
            ctx.deadline()
        );
        Ok(ctx.remaining())
    }
}

#[test]
fn below_no_body_it_runs_to_its_end_under_the_background() {
    let log = Log::default();
    assert_eq!(finish(Handler.handle(log.noisy("a"))).unwrap(), "a");
    assert_eq!(log.take(), ["body", "drop a"]);
}

#[tokio::test(start_paused = true)]
async fn it_has_the_values_of_the_body_that_polls_it_first() {
    let log = Log::default();
    let ctx = Ctx::background().with_value(User("ann"));
    let found = ctx.run(Handler.handle(log.noisy("a"))).await;
    assert_eq!(found.unwrap().unwrap(), "ann");
}

#[tokio::test(start_paused = true)]
async fn it_is_cut_off_when_the_context_is_done_under_which_it_was_polled_first() {
    let log = Log::default();
    let (ctx, cancel) = cancellable_ctx();
    let handled = log.clone();
    let task = ctx.spawn(|_| async move { Handler.handle(handled.noisy("a")).await });
    yield_now().await;
    assert_eq!(log.take(), ["body"]);
    cancel.cancel();
    assert!(task.await.unwrap().unwrap_err().is_cancelled());
    assert_eq!(log.take(), ["drop a"]);
}

#[tokio::test(start_paused = true)]
async fn its_body_never_starts_where_that_context_is_done() {
    let log = Log::default();
    let (ctx, cancel) = cancellable_ctx();
    cancel.cancel();
    let handled = log.clone();
    let task = ctx.spawn(|_| async move { Handler.handle(handled.noisy("a")).await });
    assert!(task.await.unwrap().unwrap_err().is_cancelled());
    assert_eq!(log.take(), ["drop a"]);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_narrows_it() {
    let ctx = Ctx::background().with_timeout(Duration::from_secs(60));
    let remaining = ctx.run(Handler.in_time()).await.unwrap().unwrap();
    assert_eq!(remaining, Some(Duration::from_secs(1)));
}
