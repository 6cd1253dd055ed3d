use ctx_core::{Ctx, Error, cancellable};

#[cancellable(current, ctx = cx)]
async fn named() -> Result<(), Error> {
    Ok(())
}

#[cancellable(current)]
async fn declared(ctx: &Ctx) -> Result<(), Error> {
    ctx.check()
}

#[cancellable(current)]
async fn pattern((ctx, _): (&Ctx, u32)) -> Result<(), Error> {
    ctx.check()
}

fn main() {}
