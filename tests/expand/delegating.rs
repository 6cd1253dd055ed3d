#[cancellable]
fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
    self.inner.call(request)
}
