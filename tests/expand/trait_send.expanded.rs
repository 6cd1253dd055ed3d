pub trait Fetch {
    type Item;
    fn fetch(
        &self,
        ctx: &::ctx_core::__private::Ctx,
        key: &str,
    ) -> impl ::ctx_core::__private::Future<Output = Result<Self::Item, Error>>
    + ::ctx_core::__private::core::marker::Send where;
    fn is_there(
        &self,
        ctx: &::ctx_core::__private::Ctx,
        key: &str,
    ) -> impl ::ctx_core::__private::Future<Output = Result<bool, Error>>
    + ::ctx_core::__private::core::marker::Send where {
        return ::ctx_core::__private::raced(ctx, &"is_there", async move {
            if false {
                return ::ctx_core::__private::never::<Result<bool, Error>>();
            }
            { Ok(self.fetch(ctx, key).await.is_ok()) }
        });
    }
    async fn close(self);
}
