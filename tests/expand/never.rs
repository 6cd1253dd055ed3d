#[cancellable(or = std::process::exit(1))]
async fn serve(port: u16) -> ! {
    loop {
        accept(ctx, port).await;
    }
}
