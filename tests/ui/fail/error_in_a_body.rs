use ctx_core::{Error, cancellable};

#[cancellable]
async fn mismatched(n: u32) -> Result<u32, Error> {
    let text: String = n;
    Ok(text)
}

#[cancellable]
async fn no_tail(n: u32) -> Result<u32, Error> {
    let _ = n;
}

#[cancellable]
async fn unknown() -> Result<u32, Error> {
    Ok(missing)
}

fn main() {}
