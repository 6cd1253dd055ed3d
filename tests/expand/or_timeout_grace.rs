/// Asks a backend.
#[cancellable(timeout = "300ms", grace = limit / 2, or = |err| Status::from(err))]
async fn ask(limit: Duration, path: String) -> Status {
    get(ctx, path).await
}
