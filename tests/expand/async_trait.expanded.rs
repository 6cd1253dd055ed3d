fn fetch<'life0, '__ctx, 'life1, 'async_trait>(
    &'life0 self,
    ctx: &'__ctx ::ctx_core::__private::Ctx,
    key: &'life1 str,
) -> Pin<Box<dyn Future<Output = Result<String, Error>> + Send + 'async_trait>>
where
    'life0: 'async_trait,
    'life1: 'async_trait,
    Self: 'async_trait,
    '__ctx: 'async_trait,
{
    Box::pin(::ctx_core::__private::raced(ctx, &"fetch", async move {
        if false {
            return ::ctx_core::__private::never::<Result<String, Error>>();
        }
        { self.get(ctx, key).await }
    }))
}

// For clippy and rustdoc:
#[allow(async_fn_in_trait)]
fn fetch<'life0, '__ctx, 'life1, 'async_trait>(
    &'life0 self,
    ctx: &'__ctx ::ctx_core::__private::Ctx,
    key: &'life1 str,
) -> Pin<Box<dyn Future<Output = Result<String, Error>> + Send + 'async_trait>>
where
    'life0: 'async_trait,
    'life1: 'async_trait,
    Self: 'async_trait,
    '__ctx: 'async_trait,
{
    Box::pin(async move {
        let _ = ctx;
        self.get(ctx, key).await
    })
}
