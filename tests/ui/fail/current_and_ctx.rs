use ctx_core::{Ctx, Error, cancellable};

#[cancellable(current, ctx = cx)]
async fn named() -> Result<(), Error> {
    Ok(())
}

#[cancellable(current, ctx = cx)]
async fn named_as_a_parameter(ctx: u32, cx: u32) -> Result<(), Error> {
    (cx > ctx).then_some(()).ok_or_else(|| Ctx::background().err().unwrap())
}

#[cancellable(current)]
async fn declared(ctx: &Ctx) -> Result<(), Error> {
    ctx.check()
}

#[cancellable(current)]
async fn pattern((ctx, _): (&Ctx, u32)) -> Result<(), Error> {
    ctx.check()
}

struct Request {
    path: String,
}

#[cancellable(current)]
async fn of_another_framework(ctx: &Request) -> Result<usize, Error> {
    Ok(ctx.path.len())
}

fn main() {}
