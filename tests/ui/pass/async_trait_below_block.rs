//! The attribute goes first and leaves async fns to `async_trait`; above on one side fits below on the other.
use async_trait::async_trait;
use ctx_core::{Ctx, Error, cancellable, ctx_key};

ctx_key! { struct User(String); }

#[cancellable]
#[async_trait]
pub trait Fetch {
    async fn fetch<'k>(&self, key: &'k str, other: &str) -> Result<&'k str, Error>;

    async fn twice(&self, key: &str) -> Result<String, Error>
    where
        Self: Sync,
    {
        Ok(self.fetch(ctx, key, key).await?.to_owned() + self.fetch(ctx, key, key).await?)
    }
}

struct Below;

#[cancellable]
#[async_trait]
impl Fetch for Below {
    async fn fetch<'k>(
        &self,
        key: &'k str,
        _other: &str,
        #[value] user: Option<&User>,
    ) -> Result<&'k str, Error> {
        tokio::task::yield_now().await;
        assert!(user.is_none());
        Ok(key)
    }
}

struct Above;

#[async_trait]
#[cancellable]
impl Fetch for Above {
    async fn fetch<'k>(&self, key: &'k str, _other: &str) -> Result<&'k str, Error> {
        tokio::task::yield_now().await;
        Ok(key)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    for fetch in [&Below as &(dyn Fetch + Sync), &Above] {
        assert_eq!(fetch.twice(&ctx, "key").await.unwrap(), "keykey");
    }
    cancel.cancel();
    assert!(Above.twice(&ctx, "key").await.unwrap_err().is_cancelled());
}
