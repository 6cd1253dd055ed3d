//! Callers of other editions than the macros' own, who know the crate by another name.

#![allow(
    clippy::missing_errors_doc,
    clippy::unused_async,
    reason = "they are here for their shapes"
)]

use std::future::Future;
use std::pin::Pin;

use context::{Error, cancellable, ctx_key};

// Under its own name, too: what a plain function expands to has no options.
#[cfg(test)]
extern crate context as ctx_core;

ctx_key! {
    /// Who asks.
    #[derive(Clone)]
    pub struct User(pub String);

    /// Where from.
    #[key(default = 1, header = "x-place")]
    pub struct Place(pub u32);
}

/// Borrows from an argument, beside others.
#[cancellable(crate = context)]
pub async fn pick<T>(list: &[T], _beside: &str, at: usize) -> Result<String, Error>
where
    T: ToString,
{
    ctx.check()?;
    Ok(list[at].to_string())
}

/// Returns what it borrows.
#[cancellable(crate = context, timeout = "1h")]
pub async fn first(text: &str, #[value] user: &User) -> Result<(String, &str), Error> {
    Ok((user.0.clone(), text.split(' ').next().unwrap_or(text)))
}

/// Returns a future that is not boxed.
#[cancellable(crate = context)]
pub fn in_place(text: &str) -> impl Future<Output = Result<usize, Error>> {
    let text = text.to_owned();
    async move { ctx.check().map(|()| text.len()) }
}

/// As `in_place`, `Send` and bounded.
#[allow(clippy::manual_async_fn, reason = "its form is what is tested")]
#[cancellable(crate = context)]
pub fn bounded<'a>(text: &'a str) -> impl Future<Output = Result<usize, Error>> + Send + 'a {
    async move { Ok(text.len()) }
}

/// Returns one that is.
#[cancellable(crate = context)]
pub fn boxed(text: &str) -> Pin<Box<dyn Future<Output = Result<usize, Error>> + Send + '_>> {
    Box::pin(async move { ctx.check().map(|()| text.len()) })
}

/// Hands one on.
#[cancellable(crate = context)]
pub fn handed_on(text: &str) -> impl Future<Output = Result<usize, Error>> {
    in_place(ctx, text)
}

/// A type with methods.
#[derive(Debug)]
pub struct Store(pub String);

#[cancellable(crate = context)]
impl Store {
    /// Borrows from `self`.
    pub async fn get(&self, _key: &str, (_a, _b): (&u8, &u8)) -> Result<&str, Error> {
        Ok(&self.0)
    }

    /// Changes `self`.
    pub async fn set(&mut self, to: impl Into<String>) -> Result<&mut Self, Error> {
        self.0 = to.into();
        Ok(self)
    }

    /// Needs no context.
    #[cancellable(current)]
    pub async fn size(&self) -> Result<usize, Error> {
        ctx.check().map(|()| self.0.len())
    }
}

#[cfg(test)]
mod drops;

#[cfg(test)]
mod tests {
    use context::Ctx;

    use super::*;

    #[test]
    fn every_lifetime_is_captured() {
        let ctx = Ctx::background().with_value(User("ann".into()));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let text = String::from("some text");
            assert_eq!(pick(&ctx, &[1, 2], &text, 1).await.unwrap(), "2");
            let (user, word) = {
                let short = ctx.with_cancel();
                first(&short.0, &text).await.unwrap()
            };
            assert_eq!((user.as_str(), word), ("ann", "some"));
            assert_eq!(in_place(&ctx, &text).await.unwrap(), 9);
            assert_eq!(bounded(&ctx, &text).await.unwrap(), 9);
            assert_eq!(boxed(&ctx, &text).await.unwrap(), 9);
            assert_eq!(handed_on(&ctx, &text).await.unwrap(), 9);
            let mut store = Store("a".into());
            store.set(&ctx, "bc").await.unwrap();
            assert_eq!(store.get(&ctx, "", (&1, &2)).await.unwrap(), "bc");
            assert_eq!(store.size().await.unwrap(), 2);
            assert_eq!(ctx.get::<Place>().unwrap().0, 1);
        });
    }
}
