//! Tasks and sleeps that know their context.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::task::JoinHandle;

use crate::ctx::Ctx;
use crate::error::Error;
use crate::stack::Frame;
use crate::tracker::{Running, Tracker};

pin_project! {
    /// Polls a future with a context as the current one, without a race.
    pub(crate) struct Within<F> {
        ctx: Ctx,
        #[pin]
        fut: F,
        // Of a task that somebody waits for. Behind the future: a task has ended when all that it held is dropped.
        running: Option<Running>,
    }
}

impl<F> Within<F> {
    #[cfg(any(feature = "main", feature = "test-util"))]
    pub(crate) fn new(ctx: Ctx, fut: F) -> Self {
        Within {
            ctx,
            fut,
            running: None,
        }
    }

    /// For a task that was spawned at `place`.
    pub(crate) fn task(ctx: &Ctx, place: &'static Location<'static>, fut: F) -> Self {
        Within {
            ctx: ctx.clone(),
            fut,
            running: Tracker::started(ctx, place),
        }
    }
}

impl<F: Future> Future for Within<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let frame = Frame::new(this.ctx, cx.waker(), &None, None);
        frame.enter(|| this.fut.poll(cx))
    }
}

impl Ctx {
    /// Sleeps for `span`, unless the context is done before.
    ///
    /// Go's `select` on `time.After` and `ctx.Done()`.
    ///
    /// If both are the case when it is polled, the context wins.
    ///
    /// # Errors
    ///
    /// Why the context is done.
    ///
    /// # Panics
    ///
    /// In a Tokio runtime without timers (`enable_time`). Outside of any, it works.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing but the time slept.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ctx_core::Ctx;
    ///
    /// # tokio_test::block_on(async {
    /// let ctx = Ctx::background().with_timeout(Duration::from_millis(1));
    /// assert!(ctx.sleep(Duration::from_secs(3600)).await.is_err());
    /// assert!(Ctx::background().sleep(Duration::ZERO).await.is_ok());
    /// # });
    /// ```
    pub async fn sleep(&self, span: Duration) -> Result<(), Error> {
        // A nap is a deadline that nobody else sees.
        self.with_timeout(span).done().await;
        self.check()
    }

    /// Starts a task that has this context as its current one.
    ///
    /// Go's `go f(ctx)`. `f` is called at once, with a clone; the future that it returns is the task. It is not raced: its
    /// own awaits are, if they take the context. To stop it wherever it awaits, spawn [`run_owned`](Self::run_owned).
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the handle loses the output; the task goes on.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # tokio_test::block_on(async {
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let task = ctx.spawn(|ctx| async move { ctx.done().await });
    /// cancel.cancel();
    /// assert!(task.await.expect("no panic").is_cancelled());
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn<F, Fut>(&self, f: F) -> JoinHandle<Fut::Output>
    where
        F: FnOnce(Ctx) -> Fut,
        Fut: Future + Send + 'static,
        Fut::Output: Send + 'static,
    {
        tokio::spawn(Within::task(self, Location::caller(), f(self.clone())))
    }

    /// [`spawn`](Self::spawn) for a future that is not `Send`, on the thread of a `LocalSet`.
    ///
    /// # Panics
    ///
    /// Outside of a `LocalSet`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the handle loses the output; the task goes on.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # tokio::task::LocalSet::new().block_on(&runtime, async {
    /// let here = std::rc::Rc::new(7);
    /// let task = Ctx::background().spawn_local(|_ctx| async move { *here });
    /// assert_eq!(task.await.expect("no panic"), 7);
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn_local<F, Fut>(&self, f: F) -> JoinHandle<Fut::Output>
    where
        F: FnOnce(Ctx) -> Fut,
        Fut: Future + 'static,
        Fut::Output: 'static,
    {
        tokio::task::spawn_local(Within::task(self, Location::caller(), f(self.clone())))
    }

    /// Runs `f` on a thread where blocking is allowed.
    ///
    /// Nothing can stop it from outside: it should ask [`check`](Self::check) now and then, or wait by
    /// [`wait_blocking`](Self::wait_blocking). The context is [`Ctx::current`] within `f`.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the handle loses the output; `f` goes on.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # tokio_test::block_on(async {
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let task = ctx.spawn_blocking(|ctx| {
    ///     let mut rounds = 0_u64;
    ///     while ctx.check().is_ok() {
    ///         rounds += 1;
    ///     }
    ///     ctx.err().map(|err| (rounds, err.to_string()))
    /// });
    /// cancel.cancel();
    /// let (_, said) = task.await.expect("no panic").expect("done");
    /// assert_eq!(said, "context cancelled");
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, T>(&self, f: F) -> JoinHandle<T>
    where
        F: FnOnce(Ctx) -> T + Send + 'static,
        T: Send + 'static,
    {
        let ctx = self.clone();
        let running = Tracker::started(self, Location::caller());
        tokio::task::spawn_blocking(move || {
            let _running = running;
            let frame = Frame::new(&ctx, std::task::Waker::noop(), &None, None);
            let theirs = ctx.clone();
            frame.enter(|| f(theirs))
        })
    }
}
