pub fn search(
    ctx: &::ctx_core::__private::Ctx,
    query: &str,
) -> impl ::ctx_core::__private::Future<Output = Result<Page, SearchError>> where {
    return ::ctx_core::__private::raced(ctx, &"search", async move {
        if false {
            return ::ctx_core::__private::never::<Result<Page, SearchError>>();
        }
        let ip = {
            let ::ctx_core::__private::core::option::Option::Some(__ctx_value) =
                ::ctx_core::__private::value::<UserIp>(ctx)
            else {
                match ::ctx_core::__private::missing::<UserIp>().await {}
            };
            __ctx_value
        };
        {
            {
                let page = fetch(ctx, query).await?;
                rank(ctx, page, ip).await
            }
        }
    });
}

// For clippy and rustdoc:
pub async fn search(ctx: &::ctx_core::__private::Ctx, query: &str) -> Result<Page, SearchError> {
    let _ = ctx;
    let ip: &UserIp = ::ctx_core::__private::unbound();
    let page = fetch(ctx, query).await?;
    rank(ctx, page, ip).await
}
