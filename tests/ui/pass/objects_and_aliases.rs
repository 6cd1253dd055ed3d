//! Results that may hide a lifetime: the type that is written beside the body is the one that was meant.
#![deny(warnings)]
use std::cell::{Ref, RefCell};
use std::fmt::Debug;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use ctx_core::{Ctx, Error, cancellable};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Reply = Result<&'static str, Error>;

trait Lent<'l>: 'l {
    fn text(&self) -> &'l str;
}

impl<'l> Lent<'l> for &'l str {
    fn text(&self) -> &'l str {
        self
    }
}

trait Named: 'static {
    fn name(&self) -> String;
}

impl Named for u8 {
    fn name(&self) -> String {
        self.to_string()
    }
}

#[cancellable]
async fn owned(n: u8) -> Result<(Box<dyn Debug>, Arc<Mutex<dyn Debug + Send>>, Box<dyn Named>), Error> {
    Ok((Box::new(n), Arc::new(Mutex::new(n)), Box::new(n)))
}

#[cancellable]
async fn lent(text: &str) -> Result<(Box<dyn Lent<'_>>, Box<dyn Debug + '_>, &dyn Debug), Error> {
    let of_text: &&str = Box::leak(Box::new(text));
    Ok((Box::new(text), Box::new(text), of_text))
}

#[cancellable]
async fn called() -> Result<Rc<dyn Fn(&str) -> &str>, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Rc::new(|text| &text[1..]))
}

#[cancellable]
async fn nested() -> Result<Box<dyn Future<Output = Box<dyn Debug>> + Send>, Error> {
    Ok(Box::new(async { Box::new(1) as Box<dyn Debug> }))
}

#[cancellable]
async fn opaque(list: Vec<u8>) -> Result<(impl Iterator<Item = Box<dyn Debug>>, Boxed<u8>), Error> {
    let list = list.into_iter();
    Ok((list.map(|n| Box::new(n) as Box<dyn Debug>), Box::pin(async { 1 })))
}

#[cancellable]
async fn aliased(text: &'static str) -> Reply {
    Ok(text)
}

#[cancellable]
async fn listed(text: &'static str) -> Result<Box<dyn Iterator<Item = &str> + Send>, Error> {
    Ok(Box::new(text.lines()))
}

#[cancellable]
async fn of_any(text: &str) -> Result<Box<dyn for<'x> PartialEq<&'x str> + '_>, Error> {
    Ok(Box::new(text))
}

macro_rules! returns {
    ($name:ident, $ty:ty) => {
        #[cancellable]
        async fn $name() -> Result<Box<$ty>, Error> {
            Ok(Box::new(1))
        }
    };
}
returns!(of_a_macro, dyn Debug);

#[derive(Clone)]
struct Store<'s, T>(&'s str, T);

impl<'s, T: Clone + Debug> Store<'s, T> {
    #[cancellable]
    async fn same(&self, text: &str) -> Result<Self, Error> {
        Ok(Store(&self.0[text.len()..], self.1.clone()))
    }

    #[cancellable]
    async fn other(&self, text: &'s str) -> Result<Store<'s, Vec<Self>>, Error> {
        Ok(Store(text, vec![self.clone()]))
    }

    #[cancellable]
    async fn cell<'c>(&self, cell: &'c RefCell<T>) -> Result<Ref<'c, dyn Debug>, Error>
    where
        T: 'c,
    {
        Ok(Ref::map(cell.borrow(), |it| it as &dyn Debug))
    }

    #[cancellable]
    async fn shared(self: &Rc<Self>, text: &str) -> Result<&str, Error> {
        Ok(&self.0[text.len()..])
    }

    #[cancellable]
    async fn counted(self: Rc<&Self>, text: &str) -> Result<(&str, &T), Error> {
        Ok((&self.0[text.len()..], &self.1))
    }

    #[cancellable]
    #[allow(mismatched_lifetime_syntaxes, reason = "it is what is tried")]
    async fn pinned<'a>(self: Pin<&'a mut Store<'s, T>>, _text: &str) -> Result<&&'a str, Error> {
        unsafe { Ok(&self.get_unchecked_mut().0) }
    }
}

trait Made {
    type Of;

    #[allow(async_fn_in_trait)]
    async fn make(&self, ctx: &Ctx, text: &str) -> Result<Self::Of, Error>;
}

impl<'s> Made for Store<'s, u8> {
    type Of = &'s str;

    #[cancellable]
    async fn make(&self, ctx: &Ctx, text: &str) -> Result<Self::Of, Error> {
        ctx.check()?;
        Ok(&self.0[text.len()..])
    }
}

fn main() {
    let ctx = Ctx::background();
    let text = String::from("text");
    tokio_test::block_on(async {
        let (n, shared, named) = owned(&ctx, 1).await.unwrap();
        assert_eq!(format!("{n:?} {:?}", &*shared.lock().unwrap()), "1 1");
        assert_eq!(named.name(), "1");
        let (lent, boxed, object) = lent(&ctx, &text).await.unwrap();
        assert_eq!((lent.text(), format!("{boxed:?}{object:?}").len()), ("text", 12));
        assert_eq!(called(&ctx).await.unwrap()("text"), "ext");
        assert_eq!(format!("{:?}", Box::into_pin(nested(&ctx).await.unwrap()).await), "1");
        let (list, one) = opaque(&ctx, vec![1]).await.unwrap();
        assert_eq!((list.count(), one.await), (1, 1));
        assert_eq!(aliased(&ctx, "a").await.unwrap(), "a");
        assert_eq!(listed(&ctx, "a").await.unwrap().count(), 1);
        assert!(*of_any(&ctx, "a").await.unwrap() == "a");
        assert_eq!(format!("{:?}", of_a_macro(&ctx).await.unwrap()), "1");

        let mut store = Store(&text, 1);
        let same = store.same(&ctx, &String::from("t")).await.unwrap();
        assert_eq!((same.0, store.other(&ctx, "o").await.unwrap().1.len()), ("ext", 1));
        let cell = RefCell::new(2);
        assert_eq!(format!("{:?}", store.cell(&ctx, &cell).await.unwrap()), "2");
        assert_eq!(store.make(&ctx, &String::from("te")).await.unwrap(), "xt");
        let (shared, counted) = (Rc::new(store.clone()), Rc::new(&same));
        assert_eq!(shared.shared(&ctx, "t").await.unwrap(), "ext");
        assert_eq!(counted.counted(&ctx, "t").await.unwrap(), ("xt", &1));
        assert_eq!(*Pin::new(&mut store).pinned(&ctx, "").await.unwrap(), "text");
    });
}
