//! A context tree for async Rust: cancellation, deadlines and typed values, passed first.
//!
//! What Go programmers have in `context`: one value, [`Ctx`], that every function of a request takes, and that ends all of
//! them together.
//!
//! ```
//! use std::time::Duration;
//! use ctx_core::{Ctx, Error, cancellable, ctx_key};
//!
//! ctx_key! {
//!     /// On whose behalf.
//!     struct Tenant(String);
//! }
//!
//! #[cancellable(timeout = "50ms")]
//! async fn search(#[value] tenant: &Tenant, query: &str) -> Result<String, Error> {
//!     let page = fetch(ctx, query).await?; // `ctx: &Ctx` is in scope
//!     Ok(format!("{page} for {}", tenant.0))
//! }
//!
//! #[cancellable]
//! async fn fetch(query: &str) -> Result<String, Error> {
//!     let takes = if query == "slow" { 3600 } else { 0 };
//!     tokio::time::sleep(Duration::from_secs(takes)).await;
//!     Ok(format!("results for {query}"))
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Error> {
//! let (ctx, cancel) = Ctx::background().with_value(Tenant("acme".into())).with_cancel();
//! assert_eq!(search(&ctx, "rust").await?, "results for rust for acme");
//!
//! let late = search(&ctx, "slow").await.unwrap_err();
//! assert_eq!(late.to_string(), "context deadline exceeded");
//!
//! cancel.cancel_with("the user closed the tab");
//! let over = search(&ctx, "rust").await.unwrap_err();
//! assert_eq!(over.to_string(), "context cancelled: the user closed the tab");
//! # Ok(()) }
//! ```
//!
//! # What for what
//!
//! | use case | API |
//! |---|---|
//! | write a function that can be cut off | [`#[cancellable]`](macro@cancellable), [`Ctx::cancellable`] |
//! | run any future under a context | [`Ctx::run`], [`Ctx::run_owned`]; streams: [`Ctx::until_done`] |
//! | cancel | [`Ctx::with_cancel`], [`Canceller`] |
//! | give it so much time | [`Ctx::with_timeout`], [`Ctx::with_deadline`], [`Ctx::remaining`] |
//! | carry facts about a request | [`ctx_key!`], [`Ctx::with_value`], [`Ctx::value`], [`Ctx::get`] |
//! | ask, in a loop or on a thread | [`Ctx::check`], [`Ctx::is_done`], [`Ctx::wait_blocking`] |
//! | wait for the end | [`Ctx::done`], [`Ctx::after_done`] |
//! | know who ended it, why and where | [`Error::kind`], [`Error::cause`], [`Error::report`] |
//! | start tasks | [`Ctx::spawn`], [`Ctx::group`] and [`Group`] |
//! | take the first of several answers | [`Ctx::first_ok`], [`Ctx::hedge`] |
//! | clean up, or finish a step | `grace` of [`cancellable`](macro@cancellable), [`Ctx::with_grace`], [`Ctx::shield`], [`Ctx::without_cancel`] |
//! | end with something else as well | [`Ctx::merge`], [`Ctx::with_cancel_on`], [`Ctx::with_token`] |
//! | end with the process | [`#[ctx_core::main]`](macro@main), [`Ctx::with_shutdown_signal`], [`Ctx::with_signals`] |
//! | find the context where none was passed | [`Ctx::current`] |
//! | test it | [`#[ctx_core::test]`](macro@test), [the guide](guide::testing) |
//!
//! # The guide
//!
//! - [Coming from Go](guide::coming_from_go), function by function
//! - [Coming from `CancellationToken`](guide::coming_from_cancellation_token)
//! - [Cancel safety](guide::cancel_safety): read it before the first `.await` that holds a lock
//! - [Testing](guide::testing)
//!
//! # Features
//!
//! | feature | gives | default |
//! |---|---|---|
//! | `macros` | [`#[cancellable]`](macro@cancellable), [`ctx_key!`] | yes |
//! | `main` | [`#[ctx_core::main]`](macro@main); turns `signal` on | |
//! | `signal` | [`Ctx::with_shutdown_signal`], [`Ctx::with_signals`] | |
//! | `stream` | [`Ctx::until_done`], [`Ctx::try_until_done`] | |
//! | `test-util` | [`#[ctx_core::test]`](macro@test) | |
//! | `tokio-util` | [`Ctx::with_token`], [`Ctx::to_token`] | |
//!
//! # Runtimes
//!
//! In a Tokio runtime deadlines follow `tokio::time`, a paused clock too. Under other executors and on plain threads one thread
//! of its own serves them, started when first needed. What starts a task or a blocking thread needs Tokio, and says so under
//! *Panics*.

#![cfg_attr(
    not(all(
        feature = "main",
        feature = "signal",
        feature = "stream",
        feature = "test-util",
        feature = "tokio-util",
        unix
    )),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "links to what a feature gates are checked where all are on"
    )
)]

#[cfg(feature = "macros")]
extern crate self as ctx_core;

mod after;
mod blocking;
#[cfg(feature = "tokio-util")]
mod bridge;
mod cancel_on;
mod canceller;
mod census;
mod clock;
mod ctx;
mod cut_off;
mod done;
mod error;
mod first_ok;
mod fmt;
mod grace;
mod group;
#[cfg(doc)]
pub mod guide;
mod interruptible;
mod key;
mod lists;
#[cfg(feature = "main")]
mod main_entry;
#[cfg(all(test, ctx_loom))]
mod models;
mod moment;
mod nanos;
mod outcome;
mod pool;
mod prologue;
mod race;
mod registration;
mod report;
mod run;
mod shared;
mod shield;
mod siblings;
#[cfg(feature = "signal")]
mod signal;
mod source;
mod stack;
#[cfg(feature = "stream")]
mod stream;
mod sync;
mod task;
#[cfg(feature = "test-util")]
mod test_entry;
mod timer;
mod timer_queue;
mod timer_thread;
mod timers;
mod tokio_timers;
mod tracker;
mod tree;
mod values;
mod waker;
mod word;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use after::AfterDone;
#[cfg(feature = "tokio-util")]
pub use bridge::TokenCancelled;
pub use canceller::Canceller;
pub use ctx::Ctx;
pub use done::{Done, DoneOwned};
pub use error::{BoxError, CancellerDropped, Error, ErrorKind, Frame};
pub use group::{Group, SiblingFailed};
pub use interruptible::Interruptible;
pub use key::Key;
pub use report::Report;
pub use run::{Cancellable, Run, RunOwned};
#[cfg(all(feature = "signal", unix))]
pub use signal::SignalKind;
#[cfg(feature = "signal")]
pub use signal::SignalReceived;
#[cfg(feature = "stream")]
pub use stream::{TryUntilDone, UntilDone};

#[cfg(feature = "macros")]
pub use ctx_macros::cancellable;
#[cfg(feature = "main")]
pub use ctx_macros::main;
#[cfg(feature = "test-util")]
pub use ctx_macros::test;
