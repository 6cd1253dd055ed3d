pub fn search(
    ctx: &::ctx_core::__private::Ctx,
    query: &str,
) -> impl ::ctx_core::__private::Future<Output = Result<Page, SearchError>> where {
    return ::ctx_core::__private::raced(ctx, &"search", async move {
        if false {
            return ::ctx_core::__private::never::<Result<Page, SearchError>>();
        }
        let ip = match ::ctx_core::__private::required::<UserIp>(ctx) {
            ::ctx_core::__private::core::result::Result::Ok(__ctx_value) => __ctx_value,
            ::ctx_core::__private::core::result::Result::Err(__ctx_err) => {
                ::ctx_core::__private::fail(__ctx_err).await
            }
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
#[allow(async_fn_in_trait)]
pub async fn search(ctx: &::ctx_core::__private::Ctx, query: &str) -> Result<Page, SearchError> {
    let _ = ctx;
    let ip: &UserIp = ::ctx_core::__private::unbound();
    let page = fetch(ctx, query).await?;
    rank(ctx, page, ip).await
}
