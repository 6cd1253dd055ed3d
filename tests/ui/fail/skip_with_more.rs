use ctx_core::{Error, cancellable};

struct S;

#[cancellable]
impl S {
    #[cancellable(skip, timeout = "1s")]
    async fn f(&self) -> Result<(), Error> {
        Ok(())
    }
}

#[cancellable]
impl S {
    #[cancellable(crate = ctx_core, skip)]
    async fn h(&self) -> Result<(), Error> {
        Ok(())
    }
}

#[cancellable(skip)]
impl S {
    async fn g(&self) -> Result<(), Error> {
        ctx.check()
    }
}

fn main() {}
