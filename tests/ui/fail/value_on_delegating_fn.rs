use std::pin::Pin;

use ctx_core::{Ctx, Error, cancellable, ctx_key};

ctx_key! { struct User(String); }

fn elsewhere() -> Pin<Box<dyn Future<Output = Result<(), Error>>>> {
    Box::pin(std::future::pending())
}

#[cancellable]
fn f(ctx: Ctx, #[value] user: Option<&User>) -> Pin<Box<dyn Future<Output = Result<(), Error>>>> {
    elsewhere()
}

#[cancellable(timeout = "1s")]
fn g(ctx: Ctx) -> Pin<Box<dyn Future<Output = Result<(), Error>>>> {
    elsewhere()
}

struct S;

#[cancellable(timeout = "1s")]
impl S {
    #[cancellable]
    fn h(ctx: Ctx) -> Pin<Box<dyn Future<Output = Result<(), Error>>>> {
        elsewhere()
    }

    async fn i(&self) -> Result<(), Error> {
        ctx.check()
    }
}

fn main() {}
