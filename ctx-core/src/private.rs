//! What the output of the macros is written in. No part of the public interface: any release may change it.

use std::fmt;
use std::str::FromStr;

pub use core;
pub use core::future::Future;
pub use std::boxed::Box;
pub use std::process::ExitCode;
pub use std::string::String;
pub use std::sync::OnceLock;
pub use std::time::Duration;

#[cfg(feature = "macros")]
pub use ctx_macros::ctx_key_in as ctx_key;

pub use crate::census::{deadlines_here, deadlines_outside, listed};
pub use crate::cut_off::{CutOff, Interrupt, Or};
#[cfg(feature = "main")]
pub use crate::main_entry::{Outcome, run_main};
pub use crate::prologue::{Graced, Narrow, grace, graced, missing};
pub use crate::race::{Race, Racing, Site, Sited, Usual};
pub use crate::source::{Current, Scope, Source, scope};
#[cfg(feature = "test-util")]
pub use crate::test_entry::run_test;
pub use crate::{Ctx, Error, Interruptible, Key};

/// Races the body of an annotated function. That `cut` fits the body is left to `Race: Future` to say: there the error
/// lies on the return type, and here would be a second one.
pub fn race<S, L, C, B>(source: S, site: L, cut: C, body: B) -> Race<Racing<S::Held, C, L>, B>
where
    S: Source,
    L: Fn() -> &'static Option<Site>,
{
    crate::race::race(source.hold(), site, cut, body)
}

/// The site of the function whose name this is, at the place of the call.
#[track_caller]
pub const fn site(name: &'static &'static str) -> Option<Site> {
    Some(Site::here(name))
}

/// [`race`] as most annotated functions have it: under a borrowed context, and without `or`. It has nothing to infer but the
/// body, and nothing to make when it is compiled, both of which the compiler feels.
#[track_caller]
pub fn raced<'c, B>(ctx: &'c Ctx, name: &'static &'static str, body: B) -> Race<Usual<'c>, B> {
    let racing = Usual::new(ctx, Site::here(name));
    Race::Running { racing, body }
}

/// The same future. With `T` written out, a body whose lifetimes do not match it is at fault itself.
#[inline]
pub fn resolving<T, B: Future<Output = T>>(body: B) -> B {
    body
}

/// What a function returns: so `!` can be written where stable Rust does not take it.
pub trait FnOutput {
    /// That type.
    type Output;
}

impl<T> FnOutput for fn() -> T {
    type Output = T;
}

/// Stands in a branch that is never taken: it fixes the type of the body's block before the first statement of the
/// user's is checked.
pub fn never<T>() -> T {
    unreachable!("only named, never called")
}

/// As [`never`], for what a function of this type returns.
pub const fn none<F: FnOutput>() -> Option<F::Output> {
    None
}

/// Is what `or = ..` says. The type is written where this is called, so that the closure's argument and result are known.
pub fn or<T, F: FnOnce(Error) -> T>(otherwise: F) -> Or<F> {
    Or::new(otherwise)
}

/// Can be the context of an annotated function. `AsRef<Ctx>`, in words of our own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no context",
    label = "expected `&Ctx`, `Ctx`, or something that is `AsRef<Ctx>`",
    note = "if this parameter is something else, give the context another name: `#[cancellable(ctx = cx)]`"
)]
pub trait AsCtx {
    /// The context.
    fn as_ctx(&self) -> &Ctx;
}

#[diagnostic::do_not_recommend]
impl<T: AsRef<Ctx> + ?Sized> AsCtx for T {
    fn as_ctx(&self) -> &Ctx {
        self.as_ref()
    }
}

/// The context of a declared parameter.
pub fn as_ctx<T: AsCtx + ?Sized>(declared: &T) -> &Ctx {
    declared.as_ctx()
}

/// Is a return type that can carry the error of a missing value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry the error of a missing value",
    label = "required, but what would the call return without it?",
    note = "take `Option<&K>`, return `Result<_, E>` where `E: From<ctx_core::Error>`, or write `or = |err| ..`"
)]
pub trait Carries {}

#[diagnostic::do_not_recommend]
impl<T: Interruptible> Carries for T {}

/// Checks the bound, and no more.
pub const fn carries<T: Carries>() {}

/// Is a key whose value can be taken by value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken by value: it is not `Clone`",
    label = "the value belongs to the context",
    note = "take `&{Self}`, or add `#[derive(Clone)]` to the key"
)]
pub trait ByValue: Key {
    /// The clone.
    fn by_value(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<K: Key + Clone> ByValue for K {
    fn by_value(&self) -> Self {
        self.clone()
    }
}

/// A `#[value]`, if it is there.
pub fn value<K: Key>(ctx: &Ctx) -> Option<&K> {
    ctx.value()
}

/// A `#[value]`, by value.
pub fn value_clone<K: ByValue>(ctx: &Ctx) -> Option<K> {
    ctx.value().map(K::by_value)
}

/// A `timeout` or `grace`. `Fn`, so that it sees the arguments by reference and moves none.
pub fn duration<F: Fn() -> Duration>(of: F) -> Duration {
    of()
}

/// Stands for a binding where only lints look at the function.
pub fn unbound<T>() -> T {
    unreachable!("only linted, never called")
}

/// Is an inner type whose key may cross a process border.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent in a header",
    label = "needs `Display` and `FromStr`",
    note = "implement both, or leave `header = ..` out"
)]
pub trait HeaderValue: Sized {
    /// The text.
    fn to_text(&self) -> String;

    /// What the text says.
    fn from_text(text: &str) -> Option<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: fmt::Display + FromStr> HeaderValue for T {
    fn to_text(&self) -> String {
        self.to_string()
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// How a value goes into its header, and comes out of it.
pub type Crossing<T> = (fn(&T) -> String, fn(&str) -> Option<T>);

/// Names both ways at once, so that there is one error where neither is there.
pub fn crossing<T: HeaderValue>() -> Crossing<T> {
    (T::to_text, T::from_text)
}

/// Shows an inner value by its `Debug` where there is one: the method of [`ShowValue`] is found first, that of
/// [`ShowNothing`], one reference further out, only where `T: Debug` does not hold.
#[derive(Debug)]
pub struct Show<'a, T: ?Sized>(pub &'a T);

/// See [`Show`].
pub trait ShowValue {
    /// Writes `name(value)`.
    fn show(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<T: fmt::Debug + ?Sized> ShowValue for Show<'_, T> {
    fn show(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple(name).field(&self.0).finish()
    }
}

/// See [`Show`].
pub trait ShowNothing {
    /// Writes `name(..)`.
    fn show(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<T: ?Sized> ShowNothing for &Show<'_, T> {
    fn show(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{name}(..)")
    }
}
