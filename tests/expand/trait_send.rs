#[cancellable(send)]
pub trait Fetch {
    type Item;

    async fn fetch(&self, key: &str) -> Result<Self::Item, Error>;

    async fn is_there(&self, key: &str) -> Result<bool, Error> {
        Ok(self.fetch(ctx, key).await.is_ok())
    }

    #[cancellable(skip)]
    async fn close(self);
}
