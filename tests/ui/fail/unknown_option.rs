#[ctx_core::cancellable(timout = "1s")]
async fn close() -> Result<(), ctx_core::Error> {
    Ok(())
}

#[ctx_core::cancellable(retries = 3, current)]
async fn far() -> Result<(), ctx_core::Error> {
    Ok(())
}

fn main() {}
