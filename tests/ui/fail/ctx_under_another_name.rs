use ctx_core::{Ctx, Error, cancellable};

#[cancellable]
async fn f(cx: &Ctx, n: u32) -> Result<u32, Error> {
    cx.check().map(|()| n)
}

#[cancellable]
async fn unused(_ctx: &Ctx) -> Result<u32, Error> {
    Ok(1)
}

fn main() {}
