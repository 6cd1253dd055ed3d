//! The context becomes the first parameter, and is in scope under its name.
use ctx_core::{Ctx, Error, cancellable};

#[cancellable]
async fn double(n: u32) -> Result<u32, Error> {
    ctx.check()?;
    tokio::task::yield_now().await;
    Ok(n * 2)
}

#[cancellable]
async fn twice(n: u32) -> Result<u32, Error> {
    double(ctx, double(ctx, n).await?).await
}

fn main() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    assert_eq!(tokio_test::block_on(twice(&ctx, 3)).unwrap(), 12);
    cancel.cancel();
    assert!(
        tokio_test::block_on(twice(&ctx, 3))
            .unwrap_err()
            .is_cancelled()
    );
}
