//! The context of a program may be a parameter, and moved.
#![deny(warnings)]
use std::time::Duration;

use ctx_core::Ctx;

const GRACE: Duration = Duration::from_secs(1);

#[ctx_core::main(grace = GRACE)]
async fn main(mut ctx: Ctx) {
    ctx = ctx.with_timeout(Duration::from_millis(1));
    ctx.done().await;
}
