fn handle(
    &self,
    request: Request,
) -> impl ::ctx_core::__private::Future<Output = io::Result<Response>> where {
    let (__ctx_source, ctx) = ::ctx_core::__private::scope(::ctx_core::__private::Current);
    return ::ctx_core::__private::race(
        __ctx_source,
        || const { &::ctx_core::__private::site(&"handle") },
        ::ctx_core::__private::Interrupt,
        async move {
            let _ = &request;
            if false {
                return ::ctx_core::__private::never::<io::Result<Response>>();
            }
            let ctx: &::ctx_core::__private::Ctx = ctx.given();
            let _ = ctx;
            { respond(ctx, request).await }
        },
    );
}

// For clippy and rustdoc:
#[allow(async_fn_in_trait)]
async fn handle(&self, request: Request) -> io::Result<Response> {
    let ctx: &::ctx_core::__private::Ctx = ::ctx_core::__private::unbound();
    let _ = ctx;
    respond(ctx, request).await
}
