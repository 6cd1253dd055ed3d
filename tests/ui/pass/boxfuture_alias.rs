//! Fns that return a future: ending in an `async move` block, boxed or not, or handing on one from elsewhere.
use std::pin::Pin;

use ctx_core::{Ctx, Error, cancellable, ctx_key};
use futures::FutureExt;
use futures::future::BoxFuture;

ctx_key! { struct User(String); }

type Reply<'a> = BoxFuture<'a, Result<String, Error>>;

#[cancellable(timeout = "1h")]
fn aliased<'a>(key: &'a str, #[value] user: &User) -> Reply<'a> {
    let key = key.trim();
    async move { Ok(format!("{key} {} {}", user.0, ctx.deadline().is_some())) }.boxed()
}

#[cancellable]
fn boxed<'a>(key: &'a str) -> Pin<Box<dyn Future<Output = Result<String, Error>> + Send + 'a>> {
    Box::pin(async move {
        tokio::task::yield_now().await;
        Ok(key.to_owned())
    })
}

#[cancellable]
fn elided(key: &str) -> BoxFuture<'_, Result<String, Error>> {
    Box::pin(async move { Ok(key.to_owned()) })
}

#[cancellable]
fn in_place(key: &str) -> impl Future<Output = Result<String, Error>> {
    let key = key.to_owned();
    async move { Ok(key) }
}

#[cancellable]
fn owned(ctx: Ctx) -> Pin<Box<dyn Future<Output = Result<bool, Error>> + Send>> {
    Box::pin(async move { Ok(ctx.is_done()) })
}

#[cancellable]
fn handed_on_boxed<'a>(key: &'a str) -> BoxFuture<'a, Result<String, Error>> {
    if key.is_empty() {
        return elided(ctx, "empty");
    }
    boxed(ctx, key)
}

#[cancellable]
fn handed_on_in_place(key: &str) -> impl Future<Output = Result<String, Error>> {
    in_place(ctx, key)
}

struct Tree(Vec<Tree>);

impl Tree {
    #[cancellable]
    fn count(&self) -> BoxFuture<'_, Result<usize, Error>> {
        Box::pin(async move {
            let mut count = 1;
            for child in &self.0 {
                count += child.count(ctx).await?;
            }
            Ok(count)
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (ctx, cancel) = Ctx::background()
        .with_value(User("ann".into()))
        .with_cancel();
    assert_eq!(aliased(&ctx, " key ").await.unwrap(), "key ann true");
    assert_eq!(boxed(&ctx, "key").await.unwrap(), "key");
    assert_eq!(elided(&ctx, "key").await.unwrap(), "key");
    assert_eq!(in_place(&ctx, "key").await.unwrap(), "key");
    assert!(!tokio::spawn(owned(ctx.clone())).await.unwrap().unwrap());
    assert_eq!(handed_on_boxed(&ctx, "").await.unwrap(), "empty");
    assert_eq!(handed_on_in_place(&ctx, "key").await.unwrap(), "key");
    assert_eq!(
        Tree(vec![Tree(vec![]), Tree(vec![Tree(vec![])])])
            .count(&ctx)
            .await
            .unwrap(),
        4
    );
    cancel.cancel();
    assert!(aliased(&ctx, "key").await.unwrap_err().is_cancelled());
    assert!(
        handed_on_boxed(&ctx, "key")
            .await
            .unwrap_err()
            .is_cancelled()
    );
    assert!(
        handed_on_in_place(&ctx, "key")
            .await
            .unwrap_err()
            .is_cancelled()
    );
}
