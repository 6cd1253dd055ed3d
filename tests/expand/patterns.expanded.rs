fn pair(
    ctx: &::ctx_core::__private::Ctx,
    __ctx_arg1: (A, B),
    __ctx_arg2: u32,
    __ctx_arg3: Guard,
) -> impl ::ctx_core::__private::Future<Output = Result<u32, Error>> where {
    return ::ctx_core::__private::raced(ctx, &"pair", async move {
        let _ = &__ctx_arg3;
        let _ = &__ctx_arg2;
        let _ = &__ctx_arg1;
        if false {
            return ::ctx_core::__private::never::<Result<u32, Error>>();
        }
        let __ctx_arg1 = (__ctx_arg1,);
        let (a, _) = __ctx_arg1.0;
        let mut n = (__ctx_arg2,).0;
        let __ctx_arg3 = __ctx_arg3;
        {
            {
                n += a.len();
                Ok(n)
            }
        }
    });
}

// For clippy and rustdoc:
async fn pair(
    ctx: &::ctx_core::__private::Ctx,
    (a, _): (A, B),
    mut n: u32,
    _: Guard,
) -> Result<u32, Error> {
    let _ = ctx;
    n += a.len();
    Ok(n)
}
