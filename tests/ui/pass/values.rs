//! `#[value]` parameters leave the signature.
use ctx_core::{Ctx, Error, cancellable, ctx_key};

ctx_key! {
    #[derive(Clone, PartialEq)]
    struct Id(u32);
    struct Name(String);
    #[key(default = 3)]
    struct Retries(u32);
}

#[cancellable]
async fn required(
    #[value] id: &Id,
    n: u32,
    #[value] Name(name): &Name,
) -> Result<(u32, String), Error> {
    Ok((id.0 + n, name.clone()))
}

#[cancellable]
async fn cloned(#[value] id: Id, #[value] mut other: Id) -> Result<u32, Error> {
    other.0 += 1;
    Ok(id.0 + other.0)
}

#[cancellable]
async fn optional(
    #[value] id: Option<&Id>,
    #[value] copy: Option<Id>,
    #[value] name: Option<&Name>,
) -> Result<(bool, bool), Error> {
    assert!(id == copy.as_ref());
    Ok((id.is_some(), name.is_some()))
}

#[cancellable]
async fn default(#[value] &Retries(retries): &Retries) -> Result<u32, Error> {
    Ok(retries)
}

#[cancellable]
async fn generic<K: ctx_core::Key>(#[value] value: &K) -> Result<&'static str, Error> {
    let _ = value;
    Ok(K::NAME)
}

#[cancellable]
async fn one_of_two(
    #[cfg(all())]
    #[value]
    key: &Id,
    #[cfg(any())]
    #[value]
    key: &Missing,
) -> Result<u32, Error> {
    Ok(key.0)
}

ctx_key! { struct Either(Result<u32, u32>); }

#[cancellable]
async fn alternatives(
    #[value] Either(Ok(n) | Err(n)): &Either,
) -> Result<u32, Error> {
    Ok(*n)
}

#[cancellable]
async fn on_unit(#[value] id: Option<&Id>) {
    let _ = id;
}

mod ctx {
    ctx_core::ctx_key! { pub struct Tenant(pub u32); }
}

#[cancellable(timeout = "1h")]
async fn key_in_a_module_called_ctx(
    #[value] ctx::Tenant(tenant): &ctx::Tenant,
) -> Result<u32, Error> {
    ctx.check().map(|()| *tenant)
}

fn main() {
    let ctx = Ctx::background().with_value(Id(4));
    tokio_test::block_on(async {
        let missing = key_in_a_module_called_ctx(&ctx).await;
        assert!(missing.is_err_and(|err| err.is_missing_value()));
        let err = required(&ctx, 1).await.unwrap_err();
        assert!(err.is_missing_value());
        assert_eq!(err.to_string(), "missing context value `Name`");
        let named = ctx.with_value(Name("ann".into()));
        assert_eq!(required(&named, 1).await.unwrap(), (5, "ann".into()));
        assert_eq!(cloned(&ctx).await.unwrap(), 9);
        assert_eq!(optional(&ctx).await.unwrap(), (true, false));
        assert_eq!(default(&ctx).await.unwrap(), 3);
        assert_eq!(default(&ctx.with_value(Retries(1))).await.unwrap(), 1);
        assert_eq!(generic::<Id>(&ctx).await.unwrap(), "Id");
        assert!(generic::<Name>(&ctx).await.unwrap_err().is_missing_value());
        assert_eq!(alternatives(&ctx.with_value(Either(Err(2)))).await.unwrap(), 2);
        assert_eq!(one_of_two(&ctx).await.unwrap(), 4);
        on_unit(&ctx).await;
    });
}
