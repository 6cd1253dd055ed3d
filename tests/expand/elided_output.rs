#[cancellable]
async fn first(text: &str, _n: usize) -> Result<&str, Error> {
    Ok(text)
}
