//! In its grace a body sees that the context is done, and cleans up.
use std::time::Duration;

use ctx_core::{Ctx, Error, cancellable};

#[cancellable(grace = "2s")]
async fn drain() -> Result<&'static str, Error> {
    ctx.done().await;
    ctx.with_grace(Duration::from_secs(1))
        .sleep(Duration::from_millis(500))
        .await?;
    Ok("drained")
}

#[cancellable(grace = limit)]
async fn too_slow(limit: Duration) -> Result<(), Error> {
    ctx.done().await;
    tokio::time::sleep(limit * 2).await;
    Ok(())
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let ctx = Ctx::background().with_timeout(Duration::from_secs(1));
    assert_eq!(drain(&ctx).await.unwrap(), "drained");
    let ctx = Ctx::background().with_timeout(Duration::from_secs(1));
    let started = tokio::time::Instant::now();
    assert!(
        too_slow(&ctx, Duration::from_secs(3))
            .await
            .unwrap_err()
            .is_deadline_exceeded()
    );
    assert_eq!(started.elapsed(), Duration::from_secs(4));
}
