//! Everything that can stand in one attribute.
use std::time::Duration;

use ctx_core as renamed;
use ctx_core::{Ctx, ctx_key};

ctx_key! {
    struct Limit(Duration);
    #[derive(Clone)]
    struct Name(String);
}

#[renamed::cancellable(
    crate = renamed,
    ctx = cx,
    timeout = limit.0.min(most),
    grace = "1s",
    or = |err| err.to_string(),
)]
async fn everything(
    cx: &Ctx,
    most: Duration,
    #[value] limit: &Limit,
    #[value] Name(name): Name,
    #[value] missing: Option<&Missing>,
) -> String {
    assert!(missing.is_none());
    cx.done().await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    name
}

ctx_key! { struct Missing(u8); }

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let ctx = Ctx::background().with_value(Limit(Duration::from_secs(60)));
    assert_eq!(
        everything(&ctx, Duration::MAX).await,
        "missing context value `Name`"
    );
    let ctx = ctx.with_value(Name("ann".into()));
    let started = tokio::time::Instant::now();
    assert_eq!(everything(&ctx, Duration::MAX).await, "ann");
    assert_eq!(started.elapsed(), Duration::from_millis(60_001));
}
