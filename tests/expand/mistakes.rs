#[cancellable(timout = "1s", or = query)]
async fn search(#[value] ip: &mut UserIp, query: String) -> u32 {
    half.typed()
}
