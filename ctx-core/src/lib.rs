//! A context tree for async Rust: cancellation, deadlines and typed values, passed first.

#[cfg(feature = "macros")]
extern crate self as ctx_core;

mod after;
mod blocking;
#[cfg(feature = "tokio-util")]
mod bridge;
mod cancel_on;
mod canceller;
mod clock;
mod ctx;
mod done;
mod error;
mod first_ok;
mod fmt;
mod grace;
mod group;
mod interruptible;
mod key;
mod lists;
#[cfg(feature = "main")]
mod main_entry;
mod moment;
mod outcome;
mod race;
mod registration;
mod report;
mod run;
mod shared;
mod shield;
#[cfg(feature = "signal")]
mod signal;
mod stack;
#[cfg(feature = "stream")]
mod stream;
mod sync;
mod task;
#[cfg(feature = "test-util")]
mod test_entry;
mod timer;
mod timer_thread;
mod tracker;
mod tree;
mod values;

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
