//! A fn whose signature belongs to a foreign trait takes the context that its caller runs under.
use std::io;

use ctx_core::{Ctx, Error, cancellable, ctx_key};

ctx_key! { struct User(String); }

trait Foreign {
    async fn handle(&self, input: &str) -> io::Result<String>;
}

struct Handler;

impl Foreign for Handler {
    #[cancellable(current)]
    async fn handle(&self, input: &str, #[value] user: &User) -> io::Result<String> {
        ctx.check()?;
        Ok(format!("{input} {}", user.0))
    }
}

#[cancellable]
async fn call(handler: &impl Foreign) -> Result<io::Result<String>, Error> {
    Ok(handler.handle("hello").await)
}

struct Request {
    path: String,
}

#[cancellable(current)]
trait Extension {
    async fn request(&self, ctx: &Request) -> Result<String, Error>;
    async fn finish(&self, ctx: Request) -> Result<usize, Error>;
}

/// One that has a context of its own leaves that name to it.
#[cancellable(current, ctx = cx)]
impl Extension for Handler {
    async fn request(&self, ctx: &Request) -> Result<String, Error> {
        cx.check()?;
        Ok(format!("{} {}", ctx.path, cx.get::<User>()?.0))
    }

    async fn finish(&self, ctx: Request) -> Result<usize, Error> {
        Ok(ctx.path.len())
    }
}

#[cancellable(current, ctx = cx, timeout = "1s")]
async fn in_time(ctx: &Request) -> Result<bool, Error> {
    Ok(cx.deadline().is_some() && ctx.path.is_empty())
}

#[cancellable(current)]
async fn alone() -> Result<(), Error> {
    Ok(())
}

#[cancellable(current)]
#[tokio::main(flavor = "current_thread")]
async fn main() {
    alone().await.unwrap();
    let ctx = Ctx::background().with_value(User("ann".into()));
    let request = Request { path: "/".into() };
    assert_eq!(ctx.run(Handler.request(&request)).await.unwrap().unwrap(), "/ ann");
    assert!(!in_time(&request).await.unwrap());
    assert_eq!(Handler.finish(request).await.unwrap(), 1);
    assert_eq!(call(&ctx, &Handler).await.unwrap().unwrap(), "hello ann");
    let err = Handler.handle("hello").await.unwrap_err();
    assert_eq!(err.to_string(), "missing context value `User`");
}
