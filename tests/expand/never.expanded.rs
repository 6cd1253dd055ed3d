async fn serve(ctx: &::ctx_core::__private::Ctx, port: u16) -> ! {
    ::ctx_core::__private::race(
        ctx,
        const { &::ctx_core::__private::site("serve") },
        ::ctx_core::__private::diverge(|_| -> ! { std::process::exit(1) }),
        async move {
            let _ = &port;
            loop {
                accept(ctx, port).await;
            }
        },
    )
    .await
}
