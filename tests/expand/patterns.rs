#[cancellable]
async fn pair((a, _): (A, B), mut n: u32, _: Guard) -> Result<u32, Error> {
    n += a.len();
    Ok(n)
}
