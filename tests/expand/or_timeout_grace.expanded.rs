fn ask(
    ctx: &::ctx_core::__private::Ctx,
    limit: Duration,
    path: String,
) -> impl ::ctx_core::__private::Future<Output = Status> where {
    let (__ctx_source, ctx) = ::ctx_core::__private::scope(ctx);
    return ::ctx_core::__private::race(
        __ctx_source,
        || const { &::ctx_core::__private::site(&"ask") },
        ::ctx_core::__private::or::<Status, _>(|err| Status::from(err)),
        ::ctx_core::__private::resolving::<Status, _>(async move {
            let _ = &path;
            let _ = &limit;
            if false {
                return ::ctx_core::__private::never::<Status>();
            }
            ::ctx_core::__private::grace(::ctx_core::__private::duration(|| limit / 2));
            ctx.narrow(::ctx_core::__private::Duration::new(0u64, 300000000u32))
                .await;
            let ctx: &::ctx_core::__private::Ctx = ctx.ctx();
            let _ = ctx;
            { get(ctx, path).await }
        }),
    );
}

// For clippy and rustdoc:
async fn ask(ctx: &::ctx_core::__private::Ctx, limit: Duration, path: String) -> Status {
    let _ = ctx;
    let _ = ::ctx_core::__private::Duration::new(0u64, 300000000u32);
    let _ = ::ctx_core::__private::duration(|| limit / 2);
    #[allow(clippy::result_large_err)]
    let _ = ::ctx_core::__private::or::<Status, _>(|err| Status::from(err));
    get(ctx, path).await
}
