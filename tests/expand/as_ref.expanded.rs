fn handle(app: &App, id: u64) -> impl ::ctx_core::__private::Future<Output = Result<Row, Error>> where
{
    let __hint = ::ctx_core::__private::hint::<Result<Row, Error>>();
    let __source = ::ctx_core::__private::as_ctx(app);
    ::ctx_core::__private::raced(
        __source,
        const { &::ctx_core::__private::site("handle") },
        async move {
            let _ = &id;
            if false {
                return __hint.never();
            };
            app.database.row(app, id).await
        },
    )
}

// For clippy and rustdoc:
#[allow(async_fn_in_trait)]
async fn handle(app: &App, id: u64) -> Result<Row, Error> {
    let _ = app;
    app.database.row(app, id).await
}
