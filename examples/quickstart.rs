//! README's first screen, as a program: `cargo run --example quickstart`.

use std::time::Duration;

use ctx_core::{Ctx, Error, cancellable, ctx_key};

ctx_key! {
    /// On whose behalf.
    pub struct Tenant(pub String);
}

#[cancellable(timeout = "50ms")]
async fn search(#[value] tenant: &Tenant, query: &str) -> Result<String, Error> {
    let page = fetch(ctx, query).await?; // `ctx: &Ctx` is in scope
    Ok(format!("{page} for {}", tenant.0))
}

#[cancellable]
async fn fetch(query: &str) -> Result<String, Error> {
    tokio::time::sleep(Duration::from_millis(if query == "slow" {
        60_000
    } else {
        1
    }))
    .await;
    Ok(format!("results for {query}"))
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (ctx, _cancel) = Ctx::background()
        .with_value(Tenant("acme".into()))
        .with_cancel();
    assert_eq!(search(&ctx, "rust").await?, "results for rust for acme");

    let late = search(&ctx, "slow").await.unwrap_err();
    assert_eq!(late.to_string(), "context deadline exceeded");
    println!("{}", late.report());
    Ok(())
}
