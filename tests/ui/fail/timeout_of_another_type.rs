#[ctx_core::cancellable(timeout = seconds)]
async fn f(seconds: u64) -> Result<(), ctx_core::Error> {
    Ok(())
}

fn main() {}
