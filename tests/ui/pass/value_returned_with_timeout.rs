//! Values are borrowed from the caller's context, not from the one that the timeout narrows.
use ctx_core::{Ctx, Error, cancellable, ctx_key};

ctx_key! { struct Name(String); }

#[cancellable(timeout = "1h")]
async fn name(#[value] name: &Name) -> Result<&str, Error> {
    assert!(ctx.deadline().is_some());
    Ok(name)
}

#[cancellable(timeout = "1h")]
async fn written<'v>(#[value] name: &'v Name, _other: &str) -> Result<&'v str, Error> {
    Ok(name)
}

fn main() {
    let ctx = Ctx::background().with_value(Name("ann".into()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let text = runtime.block_on(name(&ctx)).unwrap();
    assert_eq!(
        text,
        runtime.block_on(written(&ctx, &String::new())).unwrap()
    );
}
