use ctx_core::{Error, cancellable};

#[cancellable]
#[cancellable(timeout = "1s")]
async fn f() -> Result<(), Error> {
    ctx.check()
}

#[cancellable]
#[cfg_attr(all(), cancellable)]
async fn under_a_condition() -> Result<(), Error> {
    ctx.check()
}

struct S;

#[cancellable]
#[cancellable]
impl S {
    #[cancellable(timeout = "1s")]
    #[cancellable]
    async fn g(&self) -> Result<(), Error> {
        ctx.check()
    }

    #[cfg_attr(all(), inline, cancellable(timeout = "1s"))]
    async fn h(&self) -> Result<(), Error> {
        ctx.check()
    }
}

fn main() {}
