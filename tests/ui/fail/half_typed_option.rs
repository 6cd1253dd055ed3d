use ctx_core::{Ctx, Error, cancellable};

#[cancellable(timeout = , or)]
async fn f(n: u32) -> Result<u32, Error> {
    ctx.check().map(|()| n)
}

#[cancellable(timeout "1s")]
async fn g() -> Result<(), Error> {
    ctx.check()
}

fn main() {
    let ctx = Ctx::background();
    let _: u8 = (f(&ctx, 1), g(&ctx));
}
