use ctx_core::{Error, cancellable};

#[cancellable]
async fn f(a: &str, b: &str) -> Result<&str, Error> {
    Ok(if a.is_empty() { b } else { a })
}

fn main() {}
