//! `send` on a trait or its methods declares their futures `Send`.
use ctx_core::{Ctx, Error, cancellable};

#[cancellable(send)]
pub trait Fetch: Sync {
    async fn fetch(&self, key: &str) -> Result<String, Error>;

    async fn fetch_again(&self, key: &str) -> Result<String, Error> {
        self.fetch(ctx, key).await?;
        self.fetch(ctx, key).await
    }
}

pub trait One {
    #[cancellable(send)]
    async fn one(&self) -> Result<u8, Error>;
}

struct Real;

#[cancellable]
impl Fetch for Real {
    async fn fetch(&self, key: &str) -> Result<String, Error> {
        tokio::task::yield_now().await;
        Ok(key.into())
    }
}

impl One for Real {
    #[cancellable]
    async fn one(&self) -> Result<u8, Error> {
        Ok(1)
    }
}

async fn spawn(fetch: impl Fetch + One + Send + 'static) -> String {
    let task = async move {
        let ctx = Ctx::background();
        fetch.one(&ctx).await.unwrap();
        fetch.fetch_again(&ctx, "key").await.unwrap()
    };
    tokio::spawn(task).await.unwrap()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(spawn(Real).await, "key");
}
