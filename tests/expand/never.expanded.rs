fn serve(
    ctx: &::ctx_core::__private::Ctx,
    port: u16,
) -> impl ::ctx_core::__private::Future<Output = <fn() -> ! as ::ctx_core::__private::FnOutput>::Output> where
{
    return ::ctx_core::__private::race(
        ctx,
        || const { &::ctx_core::__private::site(&"serve") },
        ::ctx_core::__private::or(|_| -> ! { std::process::exit(1) }),
        async move {
            let _ = &port;
            if false {
                let mut __ctx_hint = ::ctx_core::__private::core::option::Option::None;
                if let ::ctx_core::__private::core::option::Option::Some(__ctx_never) = __ctx_hint {
                    return __ctx_never;
                }
                __ctx_hint = ::ctx_core::__private::none::<fn() -> !>();
            }
            {
                loop {
                    accept(ctx, port).await;
                }
            }
        },
    );
}

// For clippy and rustdoc:
async fn serve(ctx: &::ctx_core::__private::Ctx, port: u16) -> ! {
    let _ = ctx;
    #[allow(clippy::result_large_err)]
    let _ = ::ctx_core::__private::or(|_| -> ! { std::process::exit(1) });
    loop {
        accept(ctx, port).await;
    }
}
