fn first<'elided>(
    ctx: &::ctx_core::__private::Ctx,
    text: &'elided str,
    _n: usize,
) -> impl ::ctx_core::__private::Future<Output = Result<&'elided str, Error>> where {
    return ::ctx_core::__private::raced(
        ctx,
        &"first",
        ::ctx_core::__private::resolving::<Result<&'elided str, Error>, _>(async move {
            let _ = &_n;
            if false {
                return ::ctx_core::__private::never::<Result<&'elided str, Error>>();
            }
            { Ok(text) }
        }),
    );
}

// For clippy and rustdoc:
#[allow(async_fn_in_trait)]
async fn first<'elided>(
    ctx: &::ctx_core::__private::Ctx,
    text: &'elided str,
    _n: usize,
) -> Result<&'elided str, Error> {
    let _ = ctx;
    Ok(text)
}
fn name<'of_self, 'of_id, 'of_list>(
    &'of_self self,
    ctx: &::ctx_core::__private::Ctx,
    id: &'of_id u32,
    list: impl Iterator<Item = &'of_list u32>,
) -> impl ::ctx_core::__private::Future<Output = Result<Option<&'of_self str>, Error>> where {
    return ::ctx_core::__private::raced(
        ctx,
        &"name",
        ::ctx_core::__private::resolving::<Result<Option<&'of_self str>, Error>, _>(async move {
            let _ = &list;
            if false {
                return ::ctx_core::__private::never::<Result<Option<&'of_self str>, Error>>();
            }
            if false {
                let list = ();
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
