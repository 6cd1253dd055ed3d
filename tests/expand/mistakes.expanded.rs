fn search(
    ctx: &::ctx_core::__private::Ctx,
    query: String,
) -> impl ::ctx_core::__private::Future<Output = u32> where {
    return ::ctx_core::__private::race(
        ctx,
        || const { &::ctx_core::__private::site(&"search") },
        ::ctx_core::__private::or::<u32, _>(|_| loop {}),
        async move {
            let _ = &query;
            if false {
                return ::ctx_core::__private::never::<u32>();
            }
            if false {
                let query: ();
            };
            let ip = {
                let ::ctx_core::__private::core::option::Option::Some(__ctx_value) =
                    ::ctx_core::__private::value::<UserIp>(ctx)
                else {
                    match ::ctx_core::__private::missing::<UserIp>().await {}
                };
                __ctx_value
            };
            { half.typed() }
        },
    );
}
::core::compile_error! { "unknown option `timout`; did you mean `timeout`? One of `or`, `timeout`, `grace`, `ctx`, `current`, `crate`, `send`, `skip`" }
::core::compile_error! { "a context's values are shared: take `&K`, and put a lock or an atomic in the key" }
::core::compile_error! { "`query` has moved into the body, and `or` is evaluated after the body is dropped; it cannot name an argument" }

// For clippy and rustdoc:
async fn search(ctx: &::ctx_core::__private::Ctx, query: String) -> u32 {
    let _ = ctx;
    let ip: &mut UserIp = ::ctx_core::__private::unbound();
    #[allow(clippy::result_large_err)]
    let _ = ::ctx_core::__private::or::<u32, _>(|_| loop {});
    half.typed()
}
::core::compile_error! { "unknown option `timout`; did you mean `timeout`? One of `or`, `timeout`, `grace`, `ctx`, `current`, `crate`, `send`, `skip`" }
::core::compile_error! { "a context's values are shared: take `&K`, and put a lock or an atomic in the key" }
::core::compile_error! { "`query` has moved into the body, and `or` is evaluated after the body is dropped; it cannot name an argument" }
