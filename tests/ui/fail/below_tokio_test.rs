#[tokio::main]
#[ctx_core::cancellable(current)]
async fn main() -> Result<(), ctx_core::Error> {
    Ok(())
}
