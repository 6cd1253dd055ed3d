//! `#[ctx_core::test]`, in every form that a test can have.

use std::time::Duration;

use ctx_core::{Ctx, Error, cancellable};

#[cancellable(timeout = "1h")]
async fn forever() -> Result<(), Error> {
    std::future::pending().await
}

#[ctx_core::test]
async fn a_context_is_in_scope_and_the_clock_is_paused() {
    assert!(!ctx.is_done());
    assert!(forever(ctx).await.unwrap_err().is_deadline_exceeded());
    assert!(Ctx::current().is_some());
}

#[ctx_core::test]
async fn it_may_be_declared(ctx: &Ctx) -> Result<(), Error> {
    ctx.sleep(Duration::from_secs(60)).await
}

#[ctx_core::test(ctx = root)]
async fn it_may_be_owned_and_have_another_name(mut root: Ctx) {
    root = root.with_timeout(Duration::from_secs(1));
    let slept = root.sleep(Duration::from_secs(2)).await;
    assert!(slept.unwrap_err().is_deadline_exceeded());
}

#[ctx_core::test]
#[should_panic(expected = "as it should")]
async fn other_attributes_stay() {
    panic!("as it should");
}

#[ctx_core::test]
async fn tasks_end_with_the_test(ctx: &Ctx) {
    let _detached = ctx.spawn(|ctx| async move { ctx.done().await });
}

#[ctx_core::test]
#[should_panic(expected = "tasks did not end")]
async fn a_task_that_does_not_end_fails_the_test(ctx: &Ctx) {
    let _detached = ctx.spawn(|_| std::future::pending::<()>());
}

#[ctx_core::test]
#[should_panic(expected = "tasks did not end")]
async fn a_loser_of_first_ok_that_does_not_end_fails_the_test(ctx: &Ctx) {
    let attempts = [false, true].map(|wins| {
        move |_: Ctx| async move {
            if !wins {
                std::future::pending::<()>().await;
            }
            Ok::<(), ()>(())
        }
    });
    assert_eq!(ctx.first_ok(attempts).await, Ok(()));
}

#[cancellable(current)]
#[ctx_core::test]
async fn below_cancellable() -> Result<(), Error> {
    ctx.check()
}
