use ctx_core::{Ctx, Error, cancellable};

#[cancellable]
async fn f((ctx, n): (&Ctx, u32)) -> Result<u32, Error> {
    ctx.check().map(|()| n)
}

#[cancellable]
async fn g(ctx @ _: &Ctx) -> Result<(), Error> {
    ctx.check()
}

#[cancellable]
async fn h(ref ctx: Ctx) -> Result<(), Error> {
    ctx.check()
}

fn main() {}
