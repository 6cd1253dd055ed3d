#![deny(warnings)]
use ctx_core::{Error, cancellable};

#[cancellable]
pub async fn f(unused: u32, mut never_changed: u32, #[allow(unused_variables)] fine: u32) -> Result<u32, Error> {
    let also_unused = 1;
    Ok(never_changed)
}

#[cancellable]
async fn never_called() -> Result<u32, Error> {
    return Ok(1);
    Ok(2)
}

fn main() {}
