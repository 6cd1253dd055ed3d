#[ctx_core::cancellable]
async fn f(#[value] name: &String, #[value] n: Option<u32>) -> Result<(), ctx_core::Error> {
    let _ = (name, n);
    Ok(())
}

fn main() {}
