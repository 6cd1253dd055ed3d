#[ctx_core::cancellable(ctx)]
async fn f() -> Result<(), ctx_core::Error> {
    Ok(())
}

#[ctx_core::cancellable(ctx = "cx")]
async fn g() -> Result<(), ctx_core::Error> {
    Ok(())
}

fn main() {}
