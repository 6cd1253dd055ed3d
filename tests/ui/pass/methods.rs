//! Methods of every receiver.
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use ctx_core::{Ctx, Error, cancellable};

#[derive(Clone)]
struct Store {
    name: String,
}

impl Store {
    #[cancellable]
    async fn new(name: &str) -> Result<Self, Error> {
        Ok(Store { name: name.into() })
    }

    #[cancellable]
    async fn name(&self) -> Result<&str, Error> {
        Ok(&self.name)
    }

    #[cancellable]
    async fn name_beside(&self, _other: &str) -> Result<&str, Error> {
        Ok(&self.name)
    }

    #[cancellable]
    async fn rename(&mut self, name: &str) -> Result<&mut Self, Error> {
        self.name = name.into();
        Ok(self)
    }

    #[cancellable]
    async fn into_name(self) -> Result<String, Error> {
        Ok(self.name)
    }

    #[cancellable]
    async fn changed(mut self, with: &str) -> Result<Self, Error> {
        self.name += with;
        Ok(self)
    }

    #[cancellable]
    async fn of_box(self: Box<Self>) -> Result<String, Error> {
        Ok(self.name)
    }

    #[cancellable]
    async fn of_rc(self: Rc<Self>) -> Result<usize, Error> {
        Ok(Rc::strong_count(&self))
    }

    #[cancellable]
    async fn of_arc(self: &Arc<Self>) -> Result<&str, Error> {
        Ok(&self.name)
    }

    #[cancellable]
    async fn of_pin(self: Pin<&mut Self>) -> Result<&mut str, Error> {
        Ok(&mut self.get_mut().name)
    }
}

fn main() {
    let ctx = &Ctx::background();
    tokio_test::block_on(async {
        let mut store = Store::new(ctx, "a").await.unwrap();
        assert_eq!(store.name(ctx).await.unwrap(), "a");
        assert_eq!(store.name_beside(ctx, &String::new()).await.unwrap(), "a");
        store
            .rename(ctx, "b")
            .await
            .unwrap()
            .rename(ctx, "c")
            .await
            .unwrap();
        assert_eq!(Pin::new(&mut store).of_pin(ctx).await.unwrap(), "c");
        let store = store.changed(ctx, "d").await.unwrap();
        assert_eq!(Box::new(store.clone()).of_box(ctx).await.unwrap(), "cd");
        assert_eq!(Rc::new(store.clone()).of_rc(ctx).await.unwrap(), 1);
        assert_eq!(Arc::new(store.clone()).of_arc(ctx).await.unwrap(), "cd");
        assert_eq!(store.into_name(ctx).await.unwrap(), "cd");
    });
}
