//! Lifetimes that are made up hide none of the user's, whatever their names.
#![deny(warnings)]
use std::sync::Arc;

use ctx_core::{Ctx, Error, cancellable};
use futures::future::BoxFuture;

struct Store<'of_self, 'elided>(&'of_self str, &'elided str);

#[cancellable]
async fn of_the_argument<'elided, U: Into<&'elided str>>(
    text: &str,
    skip: U,
    by: fn(&dyn for<'__elided> Fn(&'__elided str) -> &'__elided str),
) -> Result<&str, Error> {
    by(&|x| x);
    Ok(&text[skip.into().len()..])
}

impl<'of_self> Store<'of_self, '_> {
    #[cancellable]
    async fn of_self<'of_x, '__self>(
        &self,
        x: &str,
        y: &'__self str,
        by: &dyn for<'__x> Fn(&'__x str, &'of_x str),
    ) -> Result<&str, Error> {
        by(x, "");
        Ok(&self.0[y.len()..])
    }

    #[cancellable]
    async fn of_the_block(&self, list: impl Iterator<Item = &u8>) -> Result<&'of_self str, Error> {
        Ok(&self.0[list.count()..])
    }
}

impl<'elided> Store<'_, 'elided> {
    #[cancellable]
    fn boxed(&self) -> BoxFuture<'_, Result<&'elided str, Error>> {
        Box::pin(async move { Ok(self.1) })
    }
}

#[async_trait::async_trait]
trait Keep<'ctx> {
    #[cancellable]
    async fn keep(&mut self, text: &'ctx str) -> Result<(), Error>;

    #[cancellable]
    async fn count<'__ctx>(self: Arc<Self>, text: &'__ctx str) -> Result<usize, Error>;
}

struct Kept<'k>(&'k str);

#[async_trait::async_trait]
impl<'ctx> Keep<'ctx> for Kept<'ctx> {
    #[cancellable]
    async fn keep(&mut self, text: &'ctx str) -> Result<(), Error> {
        self.0 = text;
        Ok(())
    }

    #[cancellable]
    async fn count<'__ctx>(self: Arc<Self>, text: &'__ctx str) -> Result<usize, Error> {
        Ok(self.0.len() + text.len())
    }
}

fn main() {
    let (ctx, store) = (Ctx::background(), Store("self", "other"));
    tokio_test::block_on(async {
        let found = of_the_argument(&ctx, "abc", "b", |_| ()).await.unwrap();
        assert_eq!(found, "bc");
        let found = store.of_self(&ctx, "", "s", &|_, _| ()).await.unwrap();
        assert_eq!(found, "elf");
        let found = store.of_the_block(&ctx, [1].iter()).await.unwrap();
        assert_eq!(found, "elf");
        assert_eq!(store.boxed(&ctx).await.unwrap(), "other");
        let mut kept = Kept("");
        kept.keep(&ctx, "kept").await.unwrap();
        assert_eq!(Arc::new(kept).count(&ctx, "too").await.unwrap(), 7);
    });
}
