#[cancellable]
pub async fn search(#[value] ip: &UserIp, query: &str) -> Result<Page, SearchError> {
    let page = fetch(ctx, query).await?;
    rank(ctx, page, ip).await
}
