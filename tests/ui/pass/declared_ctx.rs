//! A parameter called `ctx` is the context, wherever it stands.
use std::sync::Arc;

use ctx_core::{Ctx, Error, cancellable};

#[cancellable]
async fn borrowed(n: u32, ctx: &Ctx) -> Result<u32, Error> {
    ctx.check().map(|()| n)
}

#[cancellable(timeout = "1s")]
async fn raw(n: u32, r#ctx: &Ctx) -> Result<u32, Error> {
    ctx.check().map(|()| n)
}

#[cancellable(ctx = r#cx)]
async fn raw_of_another_name(cx: &Ctx) -> Result<(), Error> {
    cx.check()
}

#[cancellable]
async fn raw_and_generic(r#ctx: &impl AsRef<Ctx>) -> Result<(), Error> {
    ctx.as_ref().check()
}

#[cancellable]
async fn named<'c>(ctx: &'c Ctx, _n: &u32) -> Result<&'c Ctx, Error> {
    Ok(ctx)
}

#[cancellable]
async fn owned(mut ctx: Ctx) -> Result<Ctx, Error> {
    ctx = ctx.without_cancel();
    Ok(ctx)
}

#[cancellable]
async fn shared(ctx: Arc<Ctx>) -> Result<(), Error> {
    ctx.check()
}

#[cancellable]
async fn shared_by_reference(ctx: &Arc<Ctx>) -> Result<(), Error> {
    ctx.check()
}

#[cancellable]
async fn generic(ctx: &impl AsRef<Ctx>) -> Result<(), Error> {
    ctx.as_ref().check()
}

#[cancellable]
async fn dynamic(ctx: &(dyn AsRef<Ctx> + Sync)) -> Result<(), Error> {
    ctx.as_ref().check()
}

fn is_static_and_send(_: impl Future + Send + 'static) {}

fn main() {
    let ctx = Ctx::background();
    tokio_test::block_on(async {
        assert_eq!(borrowed(1, &ctx).await.unwrap(), 1);
        assert_eq!(raw(1, &ctx).await.unwrap(), 1);
        raw_of_another_name(&ctx).await.unwrap();
        raw_and_generic(&ctx).await.unwrap();
        named(&ctx, &1).await.unwrap();
        owned(ctx.clone()).await.unwrap();
        shared(Arc::new(ctx.clone())).await.unwrap();
        shared_by_reference(&Arc::new(ctx.clone())).await.unwrap();
        generic(&ctx).await.unwrap();
        dynamic(&ctx).await.unwrap();
    });
    is_static_and_send(owned(ctx.clone()));
    is_static_and_send(shared(Arc::new(ctx)));
}
