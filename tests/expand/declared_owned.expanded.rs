pub(crate) fn run(mut ctx: Ctx) -> impl ::ctx_core::__private::Future<Output = Result<(), Error>> where
{
    let (__ctx_source, ctx) = ::ctx_core::__private::scope(
        ::ctx_core::__private::core::clone::Clone::clone(::ctx_core::__private::as_ctx(&ctx)),
    );
    return ::ctx_core::__private::race(
        __ctx_source,
        || const { &::ctx_core::__private::site(&"run") },
        ::ctx_core::__private::Interrupt,
        async move {
            let _ = &ctx;
            if false {
                return ::ctx_core::__private::never::<Result<(), Error>>();
            }
            let user = ::ctx_core::__private::value_clone::<User>(ctx.given());
            {
                {
                    ctx = ctx.without_cancel();
                    work(&ctx, user).await
                }
            }
        },
    );
}

// For clippy and rustdoc:
pub(crate) async fn run(mut ctx: Ctx) -> Result<(), Error> {
    let user: Option<User> = ::ctx_core::__private::unbound();
    ctx = ctx.without_cancel();
    work(&ctx, user).await
}
