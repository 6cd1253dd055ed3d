#[ctx_core::cancellable(timeout = "0ms")]
async fn f() -> Result<(), ctx_core::Error> {
    Ok(())
}

#[ctx_core::cancellable(grace = "0s")]
async fn g() -> Result<(), ctx_core::Error> {
    Ok(())
}

fn main() {}
