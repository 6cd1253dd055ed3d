//! A return type of one's own can say that it was cancelled.
use ctx_core::{Ctx, Error, Interruptible, cancellable, ctx_key};

ctx_key! { struct User(String); }

#[derive(Debug, PartialEq)]
enum Reply {
    Found(u32),
    Stopped(String),
}

impl Interruptible for Reply {
    fn interrupted(err: Error) -> Self {
        Reply::Stopped(err.to_string())
    }
}

#[derive(Debug)]
struct SearchError(Error);

impl From<Error> for SearchError {
    fn from(err: Error) -> Self {
        SearchError(err)
    }
}

#[cancellable]
async fn reply(#[value] user: &User) -> Reply {
    Reply::Found(user.len() as u32)
}

#[cancellable]
async fn search() -> Result<u32, SearchError> {
    ctx.check()?;
    Ok(1)
}

fn main() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    assert_eq!(
        tokio_test::block_on(reply(&ctx)),
        Reply::Stopped("missing context value `User`".into())
    );
    assert_eq!(
        tokio_test::block_on(reply(&ctx.with_value(User("ann".into())))),
        Reply::Found(3)
    );
    cancel.cancel_with("stop");
    assert_eq!(
        tokio_test::block_on(reply(&ctx)),
        Reply::Stopped("context cancelled: stop".into())
    );
    assert!(
        tokio_test::block_on(search(&ctx))
            .unwrap_err()
            .0
            .is_cancelled()
    );
}
