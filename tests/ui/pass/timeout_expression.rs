//! A computed timeout sees the arguments by reference, the values, and the context before it is narrowed.
use std::time::Duration;

use ctx_core::{Ctx, Error, cancellable, ctx_key};

ctx_key! {
    struct Limit(Duration);
}

const LIMIT: Duration = Duration::from_secs(1);

#[cancellable(timeout = LIMIT)]
async fn constant() -> Result<(), Error> {
    std::future::pending().await
}

#[cancellable(timeout = Duration::from_millis(text.len() as u64))]
async fn by_argument(text: String) -> Result<String, Error> {
    ctx.sleep(Duration::from_millis(3)).await?;
    Ok(text)
}

#[cancellable(timeout = ctx.remaining().map_or(limit.0, |left| left / 2))]
async fn by_value(#[value] limit: &Limit) -> Result<Duration, Error> {
    Ok(ctx.remaining().unwrap_or(limit.0))
}

#[cancellable(timeout = Duration::ZERO, or = true)]
async fn zero() -> bool {
    panic!("the body must not start");
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let ctx = Ctx::background().with_value(Limit(Duration::from_secs(8)));
    assert!(constant(&ctx).await.unwrap_err().is_deadline_exceeded());
    assert!(
        by_argument(&ctx, "ab".into())
            .await
            .unwrap_err()
            .is_deadline_exceeded()
    );
    assert_eq!(by_argument(&ctx, "abcdef".into()).await.unwrap(), "abcdef");
    assert_eq!(by_value(&ctx).await.unwrap(), Duration::from_secs(8));
    assert_eq!(
        by_value(&ctx.with_timeout(Duration::from_secs(4)))
            .await
            .unwrap(),
        Duration::from_secs(2)
    );
    assert!(zero(&ctx).await);
}
