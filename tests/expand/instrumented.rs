#[cancellable]
#[tracing::instrument(skip(ctx))]
async fn traced(id: u64) -> Result<(), Error> {
    step(ctx, id).await
}
