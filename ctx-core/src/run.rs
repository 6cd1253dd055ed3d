//! Running a future under a context.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::ctx::Ctx;
use crate::cut_off::{AsResult, Interrupt};
use crate::error::Error;
use crate::interruptible::Interruptible;
use crate::race::{Race, Racing, Unsited, race};

pin_project! {
    /// A future that is dropped when its context is done; made by [`Ctx::run`].
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # tokio_test::block_on(async {
    /// let answer = Ctx::background().run(async { 42 }).await;
    /// assert_eq!(answer.ok(), Some(42));
    /// # });
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Run<'a, F> {
        #[pin]
        race: Race<Racing<&'a Ctx, AsResult, Unsited>, F>,
    }
}

pin_project! {
    /// [`Run`], with a context of its own; made by [`Ctx::run_owned`].
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # tokio_test::block_on(async {
    /// let running = tokio::spawn(Ctx::background().run_owned(async { 42 }));
    /// assert_eq!(running.await.expect("no panic").ok(), Some(42));
    /// # });
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct RunOwned<F> {
        #[pin]
        race: Race<Racing<Ctx, AsResult, Unsited>, F>,
    }
}

pin_project! {
    /// A future that becomes what its output says of an interruption; made by
    /// [`Ctx::cancellable`].
    ///
    /// ```
    /// # use ctx_core::{Ctx, Error};
    /// # tokio_test::block_on(async {
    /// let answer: Result<u32, Error> = Ctx::background().cancellable(async { Ok(42) }).await;
    /// assert_eq!(answer.ok(), Some(42));
    /// # });
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Cancellable<'a, F> {
        #[pin]
        race: Race<Racing<&'a Ctx, Interrupt, Unsited>, F>,
    }
}

impl Ctx {
    /// Runs `fut` until it ends or the context is done; then it is dropped.
    ///
    /// The `select!` that every function would repeat. If the context is done, `fut` is never polled.
    /// Otherwise it is polled first, so a result that is ready is never thrown away. While it is polled, this
    /// context is [`Ctx::current`].
    ///
    /// # Errors
    ///
    /// Why the context is done. `fut` has been dropped by then.
    ///
    /// # Panics
    ///
    /// If polled after completion; if the context has a deadline and the Tokio runtime no timers (`enable_time`).
    ///
    /// # Cancel safety
    ///
    /// That of `fut`, which is dropped wherever it awaits.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ctx_core::Ctx;
    ///
    /// # tokio_test::block_on(async {
    /// let ctx = Ctx::background().with_timeout(Duration::from_millis(5));
    /// let err = ctx.run(std::future::pending::<()>()).await.expect_err("too slow");
    /// assert!(err.is_deadline_exceeded());
    /// # });
    /// ```
    pub fn run<F: Future>(&self, fut: F) -> Run<'_, F> {
        Run {
            race: race(self, Unsited, AsResult, fut),
        }
    }

    /// [`run`](Self::run), as a future that borrows nothing.
    ///
    /// # Errors
    ///
    /// Why the context is done. `fut` has been dropped by then.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    ///
    /// # Cancel safety
    ///
    /// That of `fut`, which is dropped wherever it awaits.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # tokio_test::block_on(async {
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let running = tokio::spawn(ctx.run_owned(std::future::pending::<()>()));
    /// cancel.cancel();
    /// assert!(running.await.expect("no panic").is_err_and(|err| err.is_cancelled()));
    /// # });
    /// ```
    pub fn run_owned<F: Future>(self, fut: F) -> RunOwned<F> {
        RunOwned {
            race: race(self, Unsited, AsResult, fut),
        }
    }

    /// Runs `fut` as the body of a `#[cancellable]` fn would run: cut off, it becomes
    /// what its output type says of an interruption.
    ///
    /// For a future at hand whose errors already have room for [`Error`].
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    ///
    /// # Cancel safety
    ///
    /// That of `fut`, which is dropped wherever it awaits.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # tokio_test::block_on(async {
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// cancel.cancel();
    /// let result: std::io::Result<()> = ctx.cancellable(std::future::pending()).await;
    /// assert_eq!(result.expect_err("cancelled").to_string(), "context cancelled");
    /// # });
    /// ```
    pub fn cancellable<F>(&self, fut: F) -> Cancellable<'_, F>
    where
        F: Future,
        F::Output: Interruptible,
    {
        Cancellable {
            race: race(self, Unsited, Interrupt, fut),
        }
    }
}

impl<F: Future> Future for Run<'_, F> {
    type Output = Result<F::Output, Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().race.poll(cx)
    }
}

impl<F: Future> Future for RunOwned<F> {
    type Output = Result<F::Output, Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().race.poll(cx)
    }
}

impl<F> Future for Cancellable<'_, F>
where
    F: Future,
    F::Output: Interruptible,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().race.poll(cx)
    }
}

impl<F> fmt::Debug for Run<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("race", &self.race).finish()
    }
}

impl<F> fmt::Debug for RunOwned<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunOwned")
            .field("race", &self.race)
            .finish()
    }
}

impl<F> fmt::Debug for Cancellable<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancellable")
            .field("race", &self.race)
            .finish()
    }
}
