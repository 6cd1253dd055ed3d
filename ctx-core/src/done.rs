//! Waiting for a context to be done.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::registration::Waiting;
use crate::source::Held;

/// Resolves when a context is done; made by [`Ctx::done`].
///
/// Polled again after that, it is ready again.
///
/// ```
/// # use ctx_core::Ctx;
/// # tokio_test::block_on(async {
/// let (ctx, cancel) = Ctx::background().with_cancel();
/// cancel.cancel();
/// let mut done = ctx.done();
/// assert!((&mut done).await.is_cancelled());
/// assert!(done.await.is_cancelled());
/// # });
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct Done<'a> {
    waiting: Waiting<&'a Ctx>,
}

/// [`Done`], with a context of its own; made by [`Ctx::done_owned`].
///
/// ```
/// # use ctx_core::Ctx;
/// # tokio_test::block_on(async {
/// let (ctx, cancel) = Ctx::background().with_cancel();
/// let waiting = tokio::spawn(ctx.done_owned());
/// cancel.cancel();
/// assert!(waiting.await.expect("no panic").is_cancelled());
/// # });
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct DoneOwned {
    waiting: Waiting<Ctx>,
}

impl Ctx {
    /// Waits until the context is done; why it is.
    ///
    /// Go's `<-ctx.Done()`. A background context never is. For a future that is to stop when the context
    /// does, [`run`](Self::run) says it shorter. In a fn that is cut off with its context this is heard once, up to the next
    /// await; to do more after it, the fn needs a grace: see [Cancel safety](crate::guide::cancel_safety).
    ///
    /// # Panics
    ///
    /// If the context has a deadline and the Tokio runtime no timers (`enable_time`).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # tokio_test::block_on(async {
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let worker = async {
    ///     tokio::select! {
    ///         err = ctx.done() => err.to_string(),
    ///         () = std::future::pending() => unreachable!(),
    ///     }
    /// };
    /// let (said, ()) = tokio::join!(worker, async { cancel.cancel() });
    /// assert_eq!(said, "context cancelled");
    /// # });
    /// ```
    pub fn done(&self) -> Done<'_> {
        Done {
            waiting: Waiting::new(self),
        }
    }

    /// [`done`](Self::done), as a future that borrows nothing.
    ///
    /// # Panics
    ///
    /// If the context has a deadline and the Tokio runtime no timers (`enable_time`).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # tokio_test::block_on(async {
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let done = ctx.done_owned();
    /// drop(ctx);
    /// cancel.cancel();
    /// assert!(done.await.is_cancelled());
    /// # });
    /// ```
    pub fn done_owned(&self) -> DoneOwned {
        DoneOwned {
            waiting: Waiting::new(self.clone()),
        }
    }
}

fn poll<H: Held>(waiting: &mut Waiting<H>, cx: &mut Context<'_>) -> Poll<Error> {
    let mut err = waiting.ctx().err();
    if err.is_none() && waiting.ensure(cx.waker()).is_err() {
        err = waiting.ctx().err();
    }
    let Some(err) = err else {
        return Poll::Pending;
    };
    waiting.end();
    Poll::Ready(err)
}

impl Future for Done<'_> {
    type Output = Error;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Error> {
        poll(&mut self.waiting, cx)
    }
}

impl Future for DoneOwned {
    type Output = Error;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Error> {
        poll(&mut self.waiting, cx)
    }
}

impl fmt::Debug for Done<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Done")
            .field("ctx", self.waiting.ctx())
            .finish()
    }
}

impl fmt::Debug for DoneOwned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DoneOwned")
            .field("ctx", self.waiting.ctx())
            .finish()
    }
}
