use ctx_core::{Error, cancellable};

#[cancellable]
async fn f(x) -> Result<u32, Error> {
    ctx.check().map(|()| 1)
}

#[cancellable]
async fn g(n: u32, mut x) -> Result<u32, Error> {
    ctx.check().map(|()| n)
}

#[cancellable]
async fn h(&x) -> Result<u32, Error> {
    ctx.check().map(|()| 1)
}

struct S;

#[cancellable]
impl S {
    async fn i(&self) -> Result<u32, Error> {
        ctx.check().map(|()| 1)
    }

    async fn
}

fn main() {}
