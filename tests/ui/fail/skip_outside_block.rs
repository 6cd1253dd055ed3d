#[ctx_core::cancellable(skip)]
async fn f() -> Result<(), ctx_core::Error> {
    Ok(())
}

fn main() {}
