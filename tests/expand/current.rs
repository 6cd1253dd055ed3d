#[cancellable(current)]
async fn handle(&self, request: Request) -> io::Result<Response> {
    respond(ctx, request).await
}
