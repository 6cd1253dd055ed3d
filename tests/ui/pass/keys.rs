//! Keys of every kind, several in a call.
#![deny(warnings)]
use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU32, Ordering};

use ctx_core::{Ctx, Key, ctx_key};

pub struct Opaque;

static EVALUATED: AtomicU32 = AtomicU32::new(0);

fn fallback() -> String {
    EVALUATED.fetch_add(1, Ordering::Relaxed);
    "en".into()
}

ctx_key! {
    /// Address of the end user.
    pub struct UserIp(pub IpAddr);

    #[key(default = fallback())]
    #[derive(Clone, PartialEq, Eq)]
    pub(crate) struct Lang(/** The language. */ pub(crate) String);

    #[key(secret)]
    #[derive(Clone)]
    struct AuthToken(String);

    #[key(header = "x-request-id", default = 7)]
    #[derive(Clone, Copy)]
    pub struct RequestId(pub u64,);

    #[derive(Debug, Default)]
    struct Derived(u8);

    #[cfg_attr(all(), derive(Debug))]
    struct DerivedIf(u8);

    #[cfg_attr(any(), derive(Debug))]
    struct DerivedUnless(u8);

    struct NotShown(Opaque);

    struct Function(fn(&str) -> &str);

    struct Borrowed(&'static [&'static str]);

    #[allow(non_camel_case_types)]
    struct r#type(u8);

    #[cfg(any())]
    struct Gone(Missing);

    #[deprecated]
    #[key(header = "x-old", default = 1)]
    struct Old(u8);
}

macro_rules! declare {
    ($(#[$attr:meta])* $vis:vis $name:ident: $ty:ty = $default:expr, $header:literal) => {
        ctx_key! {
            $(#[$attr])*
            #[key(default = $default, header = $header)]
            $vis struct $name($vis $ty);
        }
    };
}
declare!(/** Made by a macro. */ #[derive(Clone)] pub(crate) Made: String = "made".to_owned(), "x-made");

mod outer {
    pub mod inner {
        ctx_core::ctx_key! {
            pub(in crate::outer) struct Shared(pub(super) u8);
        }
    }

    pub fn shared() -> u8 {
        inner::Shared(1).0
    }
}

ctx_key!(
    struct Alone(u8);
);
ctx_key! {}

fn shown(value: impl Debug) -> String {
    format!("{value:?}")
}

fn main() {
    let ctx = Ctx::background();
    assert_eq!(
        ctx.value::<Lang>()
            .map(|lang| lang.to_uppercase())
            .as_deref(),
        Some("EN")
    );
    assert_eq!(ctx.get::<Lang>().unwrap().len(), 2);
    assert_eq!(EVALUATED.load(Ordering::Relaxed), 1);
    assert_eq!(
        ctx.with_value(Lang("de".into())).get::<Lang>().unwrap().0,
        "de"
    );

    assert_eq!(
        shown(UserIp(Ipv4Addr::LOCALHOST.into())),
        "UserIp(127.0.0.1)"
    );
    assert_eq!(
        shown(AuthToken("hunter2".into()).clone()),
        "AuthToken(<secret>)"
    );
    assert_eq!(shown(Derived::default()), "Derived(0)");
    assert_eq!(shown(DerivedIf(1)), "DerivedIf(1)");
    assert_eq!(shown(DerivedUnless(1)), "DerivedUnless(1)");
    assert_eq!(shown(NotShown(Opaque)), "NotShown(..)");
    assert_eq!(shown(r#type(1)), "type(1)");
    assert_eq!(Borrowed(&["a"]).len(), 1);
    assert_eq!((Function(|text| text).0)("a"), "a");
    #[allow(deprecated)]
    let old = Old(1);
    assert_eq!(shown(old), "Old(1)");
    assert_eq!(*ctx.get::<Made>().unwrap().clone(), "made");
    assert_eq!(outer::shared(), 1);
    let _ = (Alone(1), &NotShown(Opaque).0, &AuthToken(String::new()).0);

    assert_eq!(
        (UserIp::NAME, Lang::NAME, r#type::NAME),
        ("UserIp", "Lang", "type")
    );
    assert_eq!(*ctx.get::<RequestId>().unwrap().clone(), 7);
    assert_eq!(RequestId::HEADER, Some("x-request-id"));
    assert_eq!(RequestId(5).to_header().as_deref(), Some("5"));
    assert_eq!(RequestId::from_header("6").map(|id| id.0), Some(6));
    assert!(RequestId::from_header("six").is_none());
    assert_eq!(
        (UserIp::HEADER, UserIp::from_header("127.0.0.1").is_none()),
        (None, true)
    );
}
