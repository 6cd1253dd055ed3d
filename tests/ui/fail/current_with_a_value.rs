#[ctx_core::cancellable(current = true)]
async fn f() -> Result<(), ctx_core::Error> {
    Ok(())
}

fn main() {}
