//! On a method that `async_trait` has rewritten before the attribute sees it.
use std::sync::Arc;

use async_trait::async_trait;
use ctx_core::{Ctx, Error, cancellable, ctx_key};

ctx_key! { struct User(String); }

#[async_trait]
pub trait Fetch {
    #[cancellable]
    async fn fetch(&self, key: &str) -> Result<String, Error>;

    #[cancellable]
    async fn change(&mut self, key: &str) -> Result<(), Error>;

    #[cancellable]
    async fn part(self: Arc<Self>, text: &str) -> Result<&str, Error>;

    #[cancellable]
    async fn of_none(text: &str) -> Result<(&str, Option<&u8>), Error>
    where
        Self: Sized;

    async fn plain(&self) -> u8;
}

struct Real;

#[async_trait]
impl Fetch for Real {
    #[cancellable(timeout = "1h")]
    async fn fetch(&self, key: &str, #[value] User(user): &User) -> Result<String, Error> {
        assert!(ctx.deadline().is_some());
        Ok(format!("{key} {user}"))
    }

    #[cancellable]
    async fn change(&mut self, key: &str) -> Result<(), Error> {
        let _ = key;
        std::future::pending().await
    }

    #[cancellable]
    async fn part(self: Arc<Self>, text: &str) -> Result<&str, Error> {
        Ok(&text[1..])
    }

    #[cancellable]
    async fn of_none(text: &str) -> Result<(&str, Option<&u8>), Error> {
        Ok((text, text.as_bytes().first()))
    }

    async fn plain(&self) -> u8 {
        1
    }
}

#[async_trait]
trait Foreign {
    async fn handle(&self) -> Result<String, Error>;
}

#[async_trait]
impl Foreign for Real {
    #[cancellable(current)]
    async fn handle(&self) -> Result<String, Error> {
        self.fetch(ctx, "key").await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (ctx, cancel) = Ctx::background()
        .with_value(User("ann".into()))
        .with_cancel();
    assert_eq!(Real.fetch(&ctx, "key").await.unwrap(), "key ann");
    assert_eq!(ctx.run(Real.handle()).await.unwrap().unwrap(), "key ann");
    assert_eq!(Real.plain().await, 1);
    let text = String::from("text");
    let (part, (of_none, _)) = {
        let (short, _cancel) = Ctx::background().with_cancel();
        let fetch: Arc<dyn Fetch> = Arc::new(Real);
        let part = fetch.part(&short, &text).await.unwrap();
        (part, Real::of_none(&short, &text).await.unwrap())
    };
    assert_eq!((part, of_none), ("ext", "text"));
    cancel.cancel();
    assert!(Real.change(&ctx, "key").await.unwrap_err().is_cancelled());
}
