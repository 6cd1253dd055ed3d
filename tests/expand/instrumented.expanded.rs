#[tracing::instrument(skip(ctx))]
async fn traced(ctx: &::ctx_core::__private::Ctx, id: u64) -> Result<(), Error> {
    ::ctx_core::__private::race(
        ctx,
        || const { &::ctx_core::__private::site(&"traced") },
        ::ctx_core::__private::Interrupt,
        async move {
            let _ = &id;
            if false {
                return ::ctx_core::__private::never::<Result<(), Error>>();
            }
            { step(ctx, id).await }
        },
    )
    .await
}

// For clippy and rustdoc:
#[tracing::instrument(skip(ctx))]
async fn traced(ctx: &::ctx_core::__private::Ctx, id: u64) -> Result<(), Error> {
    let _ = ctx;
    step(ctx, id).await
}
