async fn serve(ctx: &::ctx_core::__private::Ctx, port: u16) -> ! {
    ::ctx_core::__private::race(
        ctx,
        &"serve",
        ::ctx_core::__private::or(|_| -> ! { std::process::exit(1) }),
        async move {
            let _ = &port;
            {
                loop {
                    accept(ctx, port).await;
                }
            }
        },
    )
    .await
}

// For clippy and rustdoc:
#[allow(async_fn_in_trait)]
async fn serve(ctx: &::ctx_core::__private::Ctx, port: u16) -> ! {
    let _ = ctx;
    loop {
        accept(ctx, port).await;
    }
}
