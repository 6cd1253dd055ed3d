use ctx_core::{Ctx, Error, ctx_key};

ctx_key! { struct Name(String); }

#[ctx_core::cancellable(timeout = "1s")]
async fn f(ctx: &Ctx) -> Result<&str, Error> {
    ctx.get::<Name>().map(|name| name.as_str())
}

fn main() {}
