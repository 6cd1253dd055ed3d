use ctx_core::{Error, cancellable};

#[cancellable(ctx = "cx", crate = "ctx_core")]
async fn f() -> Result<(), Error> {
    ctx.check()
}

fn main() {}
