#[cancellable(ctx = app)]
async fn handle(app: &App, id: u64) -> Result<Row, Error> {
    app.database.row(app, id).await
}
