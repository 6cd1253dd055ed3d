//! An elided output lifetime is that of `self`, whatever else is borrowed.
#![deny(warnings)]
use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;

use ctx_core::{Ctx, Error, cancellable};

struct Store<'n> {
    names: Vec<&'n str>,
    text: String,
}

#[allow(async_fn_in_trait)]
#[cancellable(send)]
trait Find {
    async fn find(&self, text: &str) -> Result<&str, Error>;
    async fn find_all(
        &self,
        ctx: &Ctx,
        texts: impl Iterator<Item = &str> + Send,
    ) -> Result<Vec<&str>, Error>;
}

/// Not annotated.
#[allow(async_fn_in_trait)]
trait Take {
    async fn take(&mut self, ctx: &Ctx, text: Option<&str>) -> Result<&mut String, Error>;
    async fn either(&self, ctx: &Ctx, text: Cow<'_, str>) -> Result<Cow<'_, str>, Error>;
}

#[cancellable]
impl Find for Store<'_> {
    async fn find(&self, text: &str) -> Result<&str, Error> {
        let found = self.names.iter().find(|name| **name == text);
        found.copied().ok_or_else(|| ctx.err().unwrap())
    }

    async fn find_all(
        &self,
        ctx: &Ctx,
        texts: impl Iterator<Item = &str> + Send,
    ) -> Result<Vec<&str>, Error> {
        let mut found = Vec::new();
        for text in texts.map(str::to_owned).collect::<Vec<_>>() {
            found.push(self.find(ctx, &text).await?);
        }
        Ok(found)
    }
}

#[cancellable]
impl Take for Store<'_> {
    async fn take(&mut self, ctx: &Ctx, text: Option<&str>) -> Result<&mut String, Error> {
        ctx.check()?;
        self.text.push_str(text.unwrap_or(""));
        Ok(&mut self.text)
    }

    async fn either(&self, ctx: &Ctx, text: Cow<'_, str>) -> Result<Cow<'_, str>, Error> {
        ctx.check()?;
        Ok(Cow::Borrowed(&self.text[text.len()..]))
    }
}

impl<'n> Store<'n> {
    #[cancellable]
    async fn pinned(self: Pin<&mut Self>, text: &str) -> Result<&mut String, Error> {
        let text = text.to_owned();
        let this = self.get_mut();
        this.text = text;
        Ok(&mut this.text)
    }

    #[cancellable]
    async fn shared(self: &Arc<Self>, text: &str) -> Result<&str, Error> {
        Ok(&self.text[text.len()..])
    }

    #[cancellable]
    async fn view<T: AsRef<str>>(
        &'_ self,
        (from, _to): (&T, &T),
        r#type: &&str,
        by: impl Fn(&str) -> &str,
        _by: fn(&str, &str) -> usize,
    ) -> Result<(impl Iterator<Item = &str>, &'n str), Error> {
        let skipped = by(r#type).len() + from.as_ref().len();
        Ok((self.names.iter().copied(), self.names[skipped]))
    }
}

fn is_send<T: Send>(value: T) -> T {
    value
}

/// No method, and no result that is borrowed.
#[cancellable]
async fn count(texts: impl Iterator<Item = &str>) -> Result<usize, Error> {
    Ok(texts.count())
}

fn empty(_: &str) -> &str {
    ""
}

fn main() {
    let mut store = Store {
        names: vec!["a", "b"],
        text: String::from("text"),
    };
    tokio_test::block_on(async {
        let (found, all);
        {
            let (ctx, _cancel) = Ctx::background().with_cancel();
            let text = String::from("b");
            let texts = || [text.as_str()].into_iter();
            found = is_send(store.find(&ctx, &text)).await.unwrap();
            all = is_send(store.find_all(&ctx, texts())).await.unwrap();
            assert_eq!(count(&ctx, texts()).await.unwrap(), 1);
            let (nothing, b) = (String::new(), &*text);
            let view = store.view(&ctx, (&nothing, &nothing), &b, empty, |_, _| 0).await;
            let (names, first) = view.unwrap();
            assert_eq!((names.count(), first), (2, "a"));
            let either = store.either(&ctx, Cow::Borrowed(&text)).await.unwrap();
            assert_eq!(either, "ext");
        }
        assert_eq!((found, all), ("b", vec!["b"]));
        let ctx = Ctx::background();
        assert_eq!(store.take(&ctx, Some("s")).await.unwrap(), "texts");
        let pinned = Pin::new(&mut store);
        assert_eq!(pinned.pinned(&ctx, &String::from("t")).await.unwrap(), "t");
        let shared = Arc::new(store);
        assert_eq!(shared.shared(&ctx, &String::new()).await.unwrap(), "t");
    });
}
