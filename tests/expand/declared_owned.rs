/// Runs in a task of its own.
#[cancellable]
pub(crate) async fn run(mut ctx: Ctx, #[value] user: Option<User>) -> Result<(), Error> {
    ctx = ctx.without_cancel();
    work(&ctx, user).await
}
