use ctx_core::{Error, cancellable};

#[cancellable(timout = "1s", grace = "1 s", or = |err| n, current = 1, send, skip)]
pub async fn f(#[value(x)] a: &mut u8, n: u32) -> Result<u32, Error> {
    Ok(n)
}

fn main() {
    let _ = f;
}
