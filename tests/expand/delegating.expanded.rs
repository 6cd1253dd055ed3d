fn call<'__elided>(
    &'__elided self,
    ctx: &'__elided ::ctx_core::__private::Ctx,
    request: Request,
) -> BoxFuture<'__elided, Result<Response, Error>> {
    ::ctx_core::__private::Box::pin(::ctx_core::__private::raced(
        ctx,
        &"call",
        (move || -> BoxFuture<'__elided, Result<Response, Error>> {
            let _ = &request;
            { self.inner.call(request) }
        })(),
    ))
}

// For clippy and rustdoc:
#[allow(async_fn_in_trait)]
fn call<'__elided>(
    &'__elided self,
    ctx: &'__elided ::ctx_core::__private::Ctx,
    request: Request,
) -> BoxFuture<'__elided, Result<Response, Error>> {
    let _ = ctx;
    self.inner.call(request)
}
