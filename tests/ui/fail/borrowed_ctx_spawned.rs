use ctx_core::{Ctx, Error, cancellable};

#[cancellable]
async fn f() -> Result<(), Error> {
    ctx.check()
}

fn main() {
    let ctx = Ctx::background();
    tokio::spawn(f(&ctx));
}
