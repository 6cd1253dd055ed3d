//! `or = |err| ..` sees why, and overrides `Interruptible`.
use ctx_core::{Ctx, Error, cancellable, ctx_key};

ctx_key! { struct User(String); }

#[cancellable(or = |err| if err.is_deadline_exceeded() { 504 } else { 499 })]
async fn status() -> u16 {
    200
}

#[cancellable(or = |err: Error| err.kind().into())]
async fn converted() -> Said {
    Said(None)
}

#[cancellable(or = |err| err.is_missing_value())]
async fn without_user(#[value] user: &User) -> bool {
    user.is_empty()
}

#[cancellable(or = |_| Ok(0))]
async fn never_fails() -> Result<u32, Error> {
    Ok(1)
}

struct Said(Option<ctx_core::ErrorKind>);

impl From<ctx_core::ErrorKind> for Said {
    fn from(kind: ctx_core::ErrorKind) -> Said {
        Said(Some(kind))
    }
}

fn main() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    assert!(tokio_test::block_on(without_user(&ctx)));
    cancel.cancel();
    assert_eq!(tokio_test::block_on(status(&ctx)), 499);
    assert_eq!(
        tokio_test::block_on(converted(&ctx)).0,
        Some(ctx_core::ErrorKind::Cancelled)
    );
    assert_eq!(tokio_test::block_on(never_fails(&ctx)).unwrap(), 0);
}
