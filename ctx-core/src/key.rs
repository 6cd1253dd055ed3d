//! The type of a context value, and the macro that declares it.

use std::fmt;

/// A type that may be the value of a context; its type is its key.
///
/// [`ctx_key!`](crate::ctx_key) implements it for the newtypes that it declares; nothing else should.
/// As a bound it lets a function take any key.
///
/// ```
/// use ctx_core::{Ctx, Key, ctx_key};
///
/// ctx_key! { struct Tenant(u32); }
///
/// fn missing<K: Key>(ctx: &Ctx) -> Option<&'static str> {
///     ctx.value::<K>().is_none().then_some(K::NAME)
/// }
///
/// assert_eq!(missing::<Tenant>(&Ctx::background()), Some("Tenant"));
/// assert_eq!(missing::<Tenant>(&Ctx::background().with_value(Tenant(7))), None);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no context key",
    label = "not declared with `ctx_key!`",
    note = "declare one: `ctx_key! {{ pub struct UserIp(String); }}`"
)]
pub trait Key: Sized + Send + Sync + 'static {
    /// The name that messages use: that of the type, without its path.
    const NAME: &'static str;

    /// Whether the value must never be printed.
    #[doc(hidden)]
    const SECRET: bool = false;

    /// The header under which the value may cross a process border.
    #[doc(hidden)]
    const HEADER: Option<&'static str> = None;

    /// The value that a context has where none was set.
    #[doc(hidden)]
    fn fallback() -> Option<&'static Self> {
        None
    }

    /// Writes `Name(value)`, without the value where it is secret or has no `Debug`.
    #[doc(hidden)]
    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// The value as the text of its header; `None` where the key has none.
    #[doc(hidden)]
    fn to_header(&self) -> Option<String> {
        None
    }

    /// Reads the value back; `None` where the key has no header, or the text is not a value.
    #[doc(hidden)]
    fn from_header(_text: &str) -> Option<Self> {
        None
    }
}

/// Declares the keys of context values: newtypes that are key and value in one.
///
/// Each is a tuple struct of one field, with any visibility, attributes and derives. It gets [`Key`], `Debug` and, unless
/// it is secret, `Deref` to the inner type. A private field means that only this module can make the value, as with an
/// unexported key type in Go.
///
/// ```
/// use std::net::{IpAddr, Ipv4Addr};
/// use ctx_core::{Ctx, ctx_key};
///
/// ctx_key! {
///     /// Address of the end user.
///     pub struct UserIp(pub IpAddr);
///
///     #[key(default = String::from("en"))]
///     pub struct Lang(pub String);
///
///     #[key(secret)]
///     struct AuthToken(String);
///
///     #[key(header = "x-request-id")]
///     #[derive(Clone)]
///     pub struct RequestId(pub u64);
/// }
///
/// let ctx = Ctx::background().with_value(UserIp(Ipv4Addr::LOCALHOST.into()));
/// assert!(ctx.value::<UserIp>().is_some_and(|ip| ip.is_loopback()));
/// assert_eq!(ctx.value::<Lang>().map(|lang| lang.as_str()), Some("en"));
///
/// let ctx = ctx.with_value(AuthToken("hunter2".into()));
/// assert_eq!(format!("{:?}", ctx.value::<AuthToken>().unwrap()), "AuthToken(<secret>)");
/// ```
///
/// # Options
///
/// - `#[key(default = EXPR)]`: what a context without the value answers. It need not be const; it is evaluated once.
/// - `#[key(secret)]`: the value is never printed, and reached by `.0` alone.
/// - `#[key(header = "x-name")]`: the value may cross a process border under this name, by `Display` and `FromStr`.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! ctx_key {
    ($($declarations:tt)*) => {
        $crate::__private::ctx_key! { ($crate) $($declarations)* }
    };
}
