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

#[cancellable(current)]
async fn alone() -> Result<(), Error> {
    Ok(())
}

#[cancellable(current)]
#[tokio::main(flavor = "current_thread")]
async fn main() {
    alone().await.unwrap();
    let ctx = Ctx::background().with_value(User("ann".into()));
    assert_eq!(call(&ctx, &Handler).await.unwrap().unwrap(), "hello ann");
    let err = Handler.handle("hello").await.unwrap_err();
    assert_eq!(err.to_string(), "missing context value `User`");
}
