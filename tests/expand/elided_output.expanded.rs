fn first<'elided>(
    ctx: &::ctx_core::__private::Ctx,
    text: &'elided str,
    _n: usize,
) -> impl ::ctx_core::__private::Future<Output = Result<&'elided str, Error>> where {
    return ::ctx_core::__private::raced(
        ctx,
        &"first",
        ::ctx_core::__private::resolving::<Result<&'elided str, Error>, _>(async move {
            let _ = &_n;
            if false {
                return ::ctx_core::__private::never::<Result<&'elided str, Error>>();
            }
            { Ok(text) }
        }),
    );
}

// For clippy and rustdoc:
#[allow(async_fn_in_trait)]
async fn first<'elided>(
    ctx: &::ctx_core::__private::Ctx,
    text: &'elided str,
    _n: usize,
) -> Result<&'elided str, Error> {
    let _ = ctx;
    Ok(text)
}
