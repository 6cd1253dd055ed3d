//! `ctx = name` names the context, added or declared.
use ctx_core::{Ctx, Error, cancellable};

#[cancellable(ctx = cx)]
async fn added(ctx: u32) -> Result<u32, Error> {
    cx.check().map(|()| ctx)
}

#[cancellable(ctx = parent)]
async fn declared(parent: &Ctx) -> Result<(), Error> {
    parent.check()
}

fn main() {
    let ctx = Ctx::background();
    assert_eq!(tokio_test::block_on(added(&ctx, 7)).unwrap(), 7);
    tokio_test::block_on(declared(&ctx)).unwrap();
}
