use ctx_core::{Error, cancellable, ctx_key};

ctx_key! { struct User(String); }

#[cancellable]
async fn f(#[value] ctx: &User) -> Result<usize, Error> {
    Ok(ctx.len())
}

#[cancellable(timeout = "1s")]
async fn g(#[value] User(ctx): &User) -> Result<usize, Error> {
    Ok(ctx.len())
}

fn main() {}
