fn first<'__elided>(
    ctx: &::ctx_core::__private::Ctx,
    text: &'__elided str,
    _n: usize,
) -> impl ::ctx_core::__private::Future<Output = Result<&'__elided str, Error>> where {
    return ::ctx_core::__private::raced(
        ctx,
        &"first",
        ::ctx_core::__private::resolving::<Result<&'__elided str, Error>, _>(async move {
            let _ = &_n;
            if false {
                return ::ctx_core::__private::never::<Result<&'__elided str, Error>>();
            }
            { Ok(text) }
        }),
    );
}

// For clippy and rustdoc:
async fn first<'__elided>(
    ctx: &::ctx_core::__private::Ctx,
    text: &'__elided str,
    _n: usize,
) -> Result<&'__elided str, Error> {
    let _ = ctx;
    Ok(text)
}
fn name<'__self, '__id, '__list>(
    &'__self self,
    ctx: &::ctx_core::__private::Ctx,
    id: &'__id u32,
    list: impl Iterator<Item = &'__list u32>,
) -> impl ::ctx_core::__private::Future<Output = Result<Option<&'__self str>, Error>> where {
    return ::ctx_core::__private::raced(
        ctx,
        &"name",
        ::ctx_core::__private::resolving::<Result<Option<&'__self str>, Error>, _>(async move {
            let _ = &list;
            if false {
                return ::ctx_core::__private::never::<Result<Option<&'__self str>, Error>>();
            }
            if false {
                let list: ();
            };
            { Ok(self.find(id)) }
        }),
    );
}

// For clippy and rustdoc:
#[allow(async_fn_in_trait)]
async fn name(
    &self,
    ctx: &::ctx_core::__private::Ctx,
    id: &u32,
    list: impl Iterator<Item = &u32>,
) -> Result<Option<&str>, Error> {
    let _ = ctx;
    Ok(self.find(id))
}
