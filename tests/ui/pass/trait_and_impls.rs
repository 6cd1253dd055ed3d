//! Methods of traits, declared and with a body, one by one.
use ctx_core::{Ctx, Error, cancellable};

trait Fetch {
    #[cancellable]
    async fn fetch(&self, key: &str) -> Result<String, Error>;

    #[cancellable]
    async fn fetch_two(&self, first: &str, second: &str) -> Result<String, Error> {
        Ok(self.fetch(ctx, first).await? + &self.fetch(ctx, second).await?)
    }

    #[cancellable]
    async fn name() -> Result<&'static str, Error>;
}

struct Annotated;

impl Fetch for Annotated {
    #[cancellable]
    async fn fetch(&self, key: &str) -> Result<String, Error> {
        ctx.check()?;
        Ok(key.to_uppercase())
    }

    #[cancellable]
    async fn name() -> Result<&'static str, Error> {
        Ok("annotated")
    }
}

struct ByHand;

impl Fetch for ByHand {
    async fn fetch(&self, ctx: &Ctx, key: &str) -> Result<String, Error> {
        ctx.run(async { key.to_lowercase() }).await
    }

    async fn name(_ctx: &Ctx) -> Result<&'static str, Error> {
        Ok("by hand")
    }
}

async fn use_it<F: Fetch>(ctx: &Ctx, fetch: F) -> String {
    fetch.fetch_two(ctx, "a", "B").await.unwrap() + F::name(ctx).await.unwrap()
}

fn main() {
    let ctx = &Ctx::background();
    assert_eq!(tokio_test::block_on(use_it(ctx, Annotated)), "ABannotated");
    assert_eq!(tokio_test::block_on(use_it(ctx, ByHand)), "abby hand");
}
