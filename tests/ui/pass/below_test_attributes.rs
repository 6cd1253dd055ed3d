//! Above a main or test attribute, with `current`.
use ctx_core::{Ctx, cancellable};

#[cancellable(current)]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ctx_core::Error> {
    assert!(!ctx.is_done());
    assert!(Ctx::current().is_some());
    Ok(())
}
