//! `tracing::instrument` below still sees an async fn, and its arguments.
use ctx_core::{Ctx, Error, cancellable, ctx_key};
use tracing::instrument;

ctx_key! { struct User(String); }

#[cancellable(timeout = "1h")]
#[instrument(skip(ctx), err)]
async fn fetch(key: &str, (a, b): (u8, u8), #[value] user: &User) -> Result<String, Error> {
    tokio::task::yield_now().await;
    Ok(format!(
        "{key} {a} {b} {} {}",
        user.0,
        ctx.deadline().is_some()
    ))
}

#[instrument(skip_all)]
#[cancellable]
async fn above(key: &str) -> Result<usize, Error> {
    Ok(key.len())
}

struct Store;

#[cancellable]
impl Store {
    #[instrument(skip_all)]
    async fn get(&mut self, key: &str) -> Result<usize, Error> {
        Ok(key.len())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let ctx = Ctx::background().with_value(User("ann".into()));
    assert_eq!(
        fetch(&ctx, "key", (1, 2)).await.unwrap(),
        "key 1 2 ann true"
    );
    assert_eq!(above(&ctx, "key").await.unwrap(), 3);
    assert_eq!(Store.get(&ctx, "key").await.unwrap(), 3);
}
