//! `async_trait` goes first and rewrites the fns; the attribute on the block still finds them.
use async_trait::async_trait;
use ctx_core::{Ctx, Error, cancellable, ctx_key};

ctx_key! { struct User(String); }

#[async_trait]
#[cancellable]
pub trait Fetch {
    async fn fetch(&self, key: &str) -> Result<String, Error>;

    async fn twice(&self, key: &str) -> Result<String, Error>
    where
        Self: Sync,
    {
        self.fetch(ctx, key).await?;
        self.fetch(ctx, key).await
    }

    async fn by_value(self: Box<Self>, key: &str) -> Result<usize, Error>;
}

struct Real;

#[async_trait]
#[cancellable(timeout = "1h")]
impl Fetch for Real {
    async fn fetch(&self, key: &str, #[value] user: &User) -> Result<String, Error> {
        assert!(ctx.deadline().is_some());
        tokio::task::yield_now().await;
        Ok(format!("{key} {}", user.0))
    }

    async fn by_value(self: Box<Self>, key: &str) -> Result<usize, Error> {
        Ok(key.len())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (ctx, cancel) = Ctx::background()
        .with_value(User("ann".into()))
        .with_cancel();
    let real: Box<dyn Fetch + Sync> = Box::new(Real);
    assert_eq!(real.twice(&ctx, "key").await.unwrap(), "key ann");
    cancel.cancel();
    assert!(real.twice(&ctx, "key").await.unwrap_err().is_cancelled());
    assert!(real.by_value(&ctx, "key").await.unwrap_err().is_cancelled());
}
