//! A program under a root context of its own.
use std::process::ExitCode;

use ctx_core::{Ctx, Error, cancellable};

#[cancellable]
async fn work(n: u8) -> Result<u8, Error> {
    ctx.spawn(move |_| async move { n })
        .await
        .map_err(|_| ctx.err().unwrap())
}

#[ctx_core::main(grace = "10s", ctx = root)]
async fn main() -> Result<ExitCode, Error> {
    assert_eq!(work(root, 3).await?, 3);
    assert!(Ctx::current().is_some());
    Ok(ExitCode::SUCCESS)
}
