use ctx_core::{Error, cancellable};

#[cancellable(crate = nowhere)]
async fn f(n: u32) -> Result<u32, Error> {
    Ok(n)
}

fn main() {
    let _ = f;
}
