use ctx_core::{Error, cancellable};

#[cancellable]
async fn f(n: u32) -> Result<u32, Error> {
    Ok(n)
}

#[cancellable]
async fn caller() -> Result<u32, Error> {
    f(1).await
}

fn main() {}
