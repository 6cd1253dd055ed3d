//! An owned context stays movable while a value of it is borrowed.
use ctx_core::{Ctx, Error, cancellable, ctx_key};

ctx_key! { struct Name(String); }

#[cancellable]
async fn start(ctx: Ctx, #[value] name: &Name) -> Result<String, Error> {
    tokio::spawn(async move { ctx.check() }).await.unwrap()?;
    Ok(name.to_string())
}

#[cancellable(timeout = "1h")]
async fn narrowed(mut ctx: Ctx, #[value] name: &Name) -> Result<Ctx, Error> {
    assert!(ctx.deadline().is_some());
    let _ = name;
    ctx = ctx.without_cancel();
    Ok(ctx)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let ctx = Ctx::background().with_value(Name("ann".into()));
    assert_eq!(
        tokio::spawn(start(ctx.clone())).await.unwrap().unwrap(),
        "ann"
    );
    assert!(narrowed(ctx).await.unwrap().deadline().is_none());
}
