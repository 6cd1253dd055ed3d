use ctx_core::{Ctx, Error, cancellable, ctx_key};

ctx_key! { struct User(String); }

fn keep(_: impl Future + 'static) {}

#[cancellable]
async fn f(ctx: Ctx, #[value] user: &User) -> Result<(), Error> {
    keep(async { user.len() });
    ctx.check()
}

fn main() {}
