//! The macros of `ctx-core`, which re-exports them: use them from there.

mod attribute;
mod block;
mod captures;
mod checks;
mod duration;
mod entry;
mod errors;
mod expand;
mod interplay;
mod item;
mod key;
mod lifetimes;
mod lints;
mod model;
mod names;
mod options;
mod params;
mod patterns;
mod plain;
mod returns;
mod suggest;
#[cfg(test)]
mod tests;
mod trees;

use entry::Entry;
use lints::Purpose;
use proc_macro::TokenStream;

/// Gives an async fn a context, and ends it when that context is done.
///
/// ```
/// use ctx_core::{Ctx, Error, cancellable, ctx_key};
///
/// ctx_key! { struct UserIp(&'static str); }
///
/// #[cancellable(timeout = "1s")]
/// async fn search(#[value] ip: &UserIp, query: &str) -> Result<String, Error> {
///     let page = fetch(ctx, query).await?; // `ctx: &Ctx` is in scope
///     Ok(format!("{page} for {}", ip.0))
/// }
///
/// #[cancellable]
/// async fn fetch(query: &str) -> Result<String, Error> {
///     if query == "slow" {
///         std::future::pending::<()>().await;
///     }
///     Ok(format!("results for {query}"))
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Error> {
/// let ctx = Ctx::background().with_value(UserIp("::1"));
/// assert_eq!(search(&ctx, "golang").await?, "results for golang for ::1");
/// assert!(search(&ctx, "slow").await.is_err_and(|err| err.is_deadline_exceeded()));
/// assert!(search(&Ctx::background(), "golang").await.is_err_and(|err| err.is_missing_value()));
/// # Ok(()) }
/// ```
///
/// What it does can be written by hand: `ctx.run(fut)` races a future against a context, `ctx.get::<UserIp>()` looks a
/// value up, `ctx.with_timeout(..)` narrows.
///
/// # The context
///
/// `ctx: &Ctx` becomes the first parameter, behind `self`. A parameter that is called `ctx` is taken in its place: `&Ctx`,
/// `Ctx` (the future is `'static` then), or anything that is `AsRef<Ctx>`.
///
/// # When
///
/// Nothing happens at the call. At the first poll: is the context done, then the values, then `timeout`, then the
/// body. A context that is done never starts the body. Later the body is polled first, so that a result that is ready is
/// never thrown away. When the context is done, the body is dropped, and the function returns what
/// `Interruptible::interrupted` makes of the error, or what `or` says.
///
/// # Values
///
/// `#[value]` parameters leave the signature and are looked up in the context: `&K` and `K: Clone` are required,
/// `Option<&K>` and `Option<K>` are not. Patterns work: `#[value] UserIp(ip): &UserIp`. A required value that is missing
/// ends the call with an error.
///
/// # Options
///
/// - `grace = "2s"` or `grace = EXPR`: once the context is done, the body is polled on for so long before it is dropped.
///   A function that looks at `ctx.done()` itself wants this: without it, it is cut off at its next await.
/// - `or = EXPR` or `or = |err| EXPR`: what a function that is cut off returns. It cannot name an argument.
/// - `timeout = "300ms"` or `timeout = EXPR`: narrows the context. EXPR sees the arguments by reference, the values, and the
///   context before it is narrowed.
/// - `ctx = name`: another name for the context.
/// - `current`: no parameter; the context is the one whose body is being polled, or the background. A parameter that is called
///   `ctx` is the function's own: then the context needs another name, too.
/// - `crate = path`: where `ctx_core` is, if it was renamed.
/// - `send`, on a trait or its methods: the declared future is `Send`.
/// - `skip`, on a function of an annotated block: leaves it out.
///
/// Durations are whole numbers with ns, us, ms, s, m or h, several in a row: `"1m30s"`.
///
/// # Where
///
/// On free functions, methods, methods of traits with and without a body, and functions that return a future. On an
/// `impl` or `trait` block: on every async fn in it, with the options as defaults. Put it above `#[tracing::instrument]` and
/// `#[tokio::test]`; above or below `#[async_trait]`.
///
/// The future is no more than 64 bytes larger than that of a plain fn which is given the context and the values. It drops its
/// arguments as that does, when it ends and when it is cut off; one that was never polled drops them in the reverse order.
/// Thirty annotated levels, one awaited in the other, compile without `#![recursion_limit]`.
///
/// Where another macro's attribute or `#[must_use]` stays on the function, that has to see an `async fn`: its future holds
/// the arguments, as any such does, beside the body's, which holds them again; and some twenty levels compile. Below a
/// macro's, what the pattern of a parameter does not bind (`_`, `..`) is dropped last.
#[proc_macro_attribute]
pub fn cancellable(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute::cancellable(Purpose::here(), options.into(), item.into()).into()
}

/// Runs an async main fn under a root context that the shutdown signals cancel.
///
/// ```
/// use ctx_core::{Ctx, Error};
///
/// #[ctx_core::main(grace = "10s")]
/// async fn main() -> Result<(), Error> {
///     serve(ctx).await
/// }
///
/// async fn serve(ctx: &Ctx) -> Result<(), Error> {
///     assert!(!ctx.is_done());
///     ctx.spawn(|ctx| async move { ctx.done().await }); // has 10 s from when main returns
///     Ok(())
/// }
/// ```
///
/// `ctx: &Ctx` is in scope, under that name or the one of `ctx = name`; it may be declared as a parameter too, `&Ctx` or
/// `Ctx`. SIGINT and SIGTERM (Ctrl-C elsewhere) cancel it; a second one ends the process at once. From then on the body
/// and the tasks that were spawned through the context have the `grace` to end; without it, they are dropped.
///
/// When the body has ended, the context is cancelled, and the tasks have what is left of the grace, as have the callbacks
/// of `after_done` that this calls. Those that do not end in it are named on stderr. So they drain after a panic, too, which then goes on. A thread that blocks does not keep the process.
///
/// An error is printed with the report of the context's error that it comes from, and makes the exit code 1; so does a
/// body that did not end in its grace. The result may be `()`, `ExitCode`, or a `Result` of one of them.
///
/// Options: `grace = "10s"` or `grace = EXPR`, `ctx = name`, `crate = path`.
#[proc_macro_attribute]
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    Entry::Main.expand(options.into(), item.into()).into()
}

/// Runs an async test on a paused clock, under a context that is cancelled at its end.
///
/// ```
/// # use std::time::Duration;
/// #[ctx_core::test]
/// async fn an_hour_takes_no_time() {
///     assert!(ctx.sleep(Duration::from_secs(3600)).await.is_ok());
///     ctx.spawn(|ctx| async move { ctx.done().await }); // without the `done` the test would fail
/// }
/// # fn main() {}
/// ```
///
/// `ctx: &Ctx` is in scope, or a declared parameter, as in [`macro@main`]. The test fails if a task that was spawned through
/// the context does not end then; for one that blocks a thread it waits, as the clock does. Other attributes of tests,
/// `#[should_panic]` say, stand below this one.
///
/// Options: `ctx = name`, `crate = path`.
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    Entry::Test.expand(options.into(), item.into()).into()
}

/// `ctx_core::ctx_key!`, behind the path of that crate.
#[doc(hidden)]
#[proc_macro]
pub fn ctx_key_in(tokens: TokenStream) -> TokenStream {
    key::ctx_key(tokens.into()).into()
}
