fn handle(app: &App, id: u64) -> impl ::ctx_core::__private::Future<Output = Result<Row, Error>> where
{
    let __ctx_caller = ::ctx_core::__private::as_ctx(app);
    return ::ctx_core::__private::raced(__ctx_caller, &"handle", async move {
        let _ = &id;
        if false {
            return ::ctx_core::__private::never::<Result<Row, Error>>();
        }
        { app.database.row(app, id).await }
    });
}

// For clippy and rustdoc:
async fn handle(app: &App, id: u64) -> Result<Row, Error> {
    let _ = app;
    app.database.row(app, id).await
}
