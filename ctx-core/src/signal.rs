//! Contexts that a signal of the operating system cancels.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::panic::Location;
use std::task::{Context, Poll};

use crate::cancel_on::Target;
use crate::ctx::Ctx;

#[cfg(unix)]
pub use tokio::signal::unix::SignalKind;

/// The cause with which a signal cancels a context.
///
/// Needs the feature `signal`.
///
/// ```
/// # #[cfg(unix)] {
/// # use ctx_core::{Ctx, SignalKind, SignalReceived};
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// # runtime.block_on(async {
/// let ctx = Ctx::background().with_signals([SignalKind::hangup()])?;
/// // somebody says: kill -HUP <this process>
/// # std::process::Command::new("sh").args(["-c", "kill -HUP $PPID"]).status()?;
/// let err = ctx.done().await;
/// let signal = err.cause().and_then(|cause| cause.downcast_ref::<SignalReceived>());
/// assert_eq!(signal.map(|signal| signal.to_string()).as_deref(), Some("received SIGHUP"));
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalReceived {
    number: i32,
}

impl SignalReceived {
    /// The number of the signal; Ctrl-C is `SIGINT`, 2.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// # use ctx_core::{Ctx, SignalKind, SignalReceived};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    /// # runtime.block_on(async {
    /// let ctx = Ctx::background().with_signals([SignalKind::hangup()])?;
    /// // somebody says: kill -HUP <this process>
    /// # std::process::Command::new("sh").args(["-c", "kill -HUP $PPID"]).status()?;
    /// let err = ctx.done().await;
    /// let signal = err.cause().and_then(|cause| cause.downcast_ref::<SignalReceived>());
    /// assert_eq!(signal.map(|signal| 128 + signal.number()), Some(129)); // a shell's exit status
    /// # std::io::Result::Ok(())
    /// # }).unwrap();
    /// # }
    /// ```
    #[must_use]
    pub fn number(self) -> i32 {
        self.number
    }

    /// Its name, if it is a common one.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// # use ctx_core::{Ctx, SignalKind, SignalReceived};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    /// # runtime.block_on(async {
    /// let ctx = Ctx::background().with_signals([SignalKind::hangup()])?;
    /// // somebody says: kill -HUP <this process>
    /// # std::process::Command::new("sh").args(["-c", "kill -HUP $PPID"]).status()?;
    /// let err = ctx.done().await;
    /// let signal = err.cause().and_then(|cause| cause.downcast_ref::<SignalReceived>());
    /// assert_eq!(signal.and_then(|signal| signal.name()), Some("SIGHUP"));
    /// # std::io::Result::Ok(())
    /// # }).unwrap();
    /// # }
    /// ```
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        // The same on every Unix that Tokio runs on.
        Some(match self.number {
            1 => "SIGHUP",
            2 => "SIGINT",
            3 => "SIGQUIT",
            13 => "SIGPIPE",
            14 => "SIGALRM",
            15 => "SIGTERM",
            _ => return None,
        })
    }
}

impl fmt::Display for SignalReceived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "received {name}"),
            None => write!(f, "received signal {}", self.number),
        }
    }
}

impl std::error::Error for SignalReceived {}

impl Ctx {
    /// A child that any of these signals cancels; the cause, a [`SignalReceived`], names it.
    ///
    /// Go's `signal.NotifyContext`. A second signal, while the first is being handled, ends the process at
    /// once, with the status 128 and its number, as a shell reports it: whoever presses Ctrl-C twice means it. The signals are
    /// handled from this call on, until the child is dropped with all that was derived from it.
    ///
    /// A task waits for the signals: code that blocks the only thread of a runtime holds them up, the second one too. And
    /// Tokio never gives a signal back to the system: once the child is dropped, the signals do nothing. Needs the
    /// feature `signal`.
    ///
    /// # Errors
    ///
    /// If the system refuses the handler, as for `SIGKILL`.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with I/O (`enable_io`); for a signal that cannot be handled.
    ///
    /// ```
    /// # use ctx_core::{Ctx, SignalKind};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    /// # runtime.block_on(async {
    /// let ctx = Ctx::background().with_signals([SignalKind::hangup()])?;
    /// assert!(!ctx.is_done());
    /// # std::io::Result::Ok(())
    /// # }).unwrap();
    /// ```
    #[cfg(unix)]
    #[track_caller]
    pub fn with_signals(&self, kinds: impl IntoIterator<Item = SignalKind>) -> io::Result<Ctx> {
        let origin = Location::caller();
        let mut signals = Vec::new();
        for kind in kinds {
            signals.push((kind.as_raw_value(), tokio::signal::unix::signal(kind)?));
        }
        let next = move |cx: &mut Context<'_>| {
            let mut received = signals
                .iter_mut()
                .filter_map(|(number, signal)| signal.poll_recv(cx).is_ready().then_some(*number));
            received.next().map_or(Poll::Pending, Poll::Ready)
        };
        Ok(self.watched_to_its_drop(origin, |target| watch(target, next)))
    }

    /// A child that is cancelled when the process is asked to stop: by `SIGINT` or `SIGTERM`, by Ctrl-C elsewhere.
    ///
    /// Go's `signal.NotifyContext` with `os.Interrupt` and `SIGTERM`. As [`with_signals`](Self::with_signals), it is in force
    /// until the child is dropped, and a second signal ends the process at once. Needs the feature `signal`.
    ///
    /// # Errors
    ///
    /// If the system refuses the handler.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with I/O (`enable_io`).
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    /// # runtime.block_on(async {
    /// let ctx = Ctx::background().with_shutdown_signal()?;
    /// assert!(!ctx.is_done());
    /// # std::io::Result::Ok(())
    /// # }).unwrap();
    /// ```
    #[track_caller]
    pub fn with_shutdown_signal(&self) -> io::Result<Ctx> {
        #[cfg(unix)]
        return self.with_signals([SignalKind::interrupt(), SignalKind::terminate()]);
        #[cfg(not(unix))]
        {
            let origin = Location::caller();
            let mut ctrl_c = tokio::signal::windows::ctrl_c()?;
            let next = move |cx: &mut Context<'_>| ctrl_c.poll_recv(cx).map(|_| 2);
            Ok(self.watched_to_its_drop(origin, |target| watch(target, next)))
        }
    }
}

/// The first signal cancels, the next one ends the process.
async fn watch(target: Target, mut next: impl FnMut(&mut Context<'_>) -> Poll<i32>) {
    let number = poll_fn(&mut next).await;
    target.cancel(Some(SignalReceived { number }.into()));
    let number = poll_fn(&mut next).await;
    std::process::exit(128 + number)
}
