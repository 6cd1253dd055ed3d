#[ctx_core::cancellable]
fn f() -> Result<u32, ctx_core::Error> {
    Ok(1)
}

fn main() {}
