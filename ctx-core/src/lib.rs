//! A context tree for async Rust: cancellation, deadlines and typed values, passed first.

#[cfg(feature = "macros")]
extern crate self as ctx_core;

mod after;
mod blocking;
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
mod moment;
mod outcome;
mod race;
mod registration;
mod report;
mod run;
mod shared;
mod shield;
mod stack;
mod sync;
mod task;
mod timer;
mod timer_thread;
mod tree;
mod values;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use after::AfterDone;
pub use canceller::Canceller;
pub use ctx::Ctx;
pub use done::{Done, DoneOwned};
pub use error::{BoxError, CancellerDropped, Error, ErrorKind, Frame};
pub use group::{Group, SiblingFailed};
pub use interruptible::Interruptible;
pub use key::Key;
pub use report::Report;
pub use run::{Cancellable, Run, RunOwned};

#[cfg(feature = "macros")]
pub use ctx_macros::cancellable;
