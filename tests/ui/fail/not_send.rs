use std::rc::Rc;

use ctx_core::{Ctx, Error, cancellable};

#[cancellable]
async fn f() -> Result<(), Error> {
    let held = Rc::new(1);
    tokio::task::yield_now().await;
    drop(held);
    Ok(())
}

fn main() {
    tokio::spawn(async { f(&Ctx::background()).await });
}
