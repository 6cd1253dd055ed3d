use std::sync::Arc;

use ctx_core::{Ctx, Error, cancellable};

#[cancellable(timeout = "1s")]
async fn f(ctx: Arc<Ctx>) -> Result<(), Error> {
    ctx.check()
}

#[cancellable(timeout = "1s")]
async fn g(ctx: &Arc<Ctx>) -> Result<(), Error> {
    ctx.check()
}

fn main() {}
