#[ctx_core::cancellable(timeout = "1s", current, timeout = "2s", current)]
async fn f() -> Result<(), ctx_core::Error> {
    Ok(())
}

fn main() {}
