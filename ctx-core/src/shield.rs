//! Work that must not be cut off.

use std::future::Future;
use std::panic::{Location, resume_unwind};

use crate::ctx::Ctx;
use crate::task::Within;

impl Ctx {
    /// Runs `fut` to its end, whatever becomes of the caller.
    ///
    /// From its first poll on it runs in a task of its own, under [`without_cancel`](Self::without_cancel) of this
    /// context. For a step that must not stop half way: a commit, a rename, a message that was begun.
    /// Dropped before the first poll, it never runs. A caller that is cut off while it waits does not learn how it went: see
    /// [Cancel safety](crate::guide::cancel_safety).
    ///
    /// # Panics
    ///
    /// If `fut` does, with the same payload; outside of a Tokio runtime, or if that is shut down meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the output, not the work.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # tokio_test::block_on(async {
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let (done, mut committed) = tokio::sync::oneshot::channel();
    /// let commit = ctx.shield(async move {
    ///     tokio::task::yield_now().await;
    ///     done.send("committed")
    /// });
    /// let racing = ctx.run(async { tokio::join!(commit, async { cancel.cancel() }) });
    /// assert!(racing.await.is_err());
    /// assert_eq!(committed.await, Ok("committed"));
    /// # });
    /// ```
    #[track_caller]
    pub fn shield<F>(&self, fut: F) -> impl Future<Output = F::Output> + Send + use<F>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let ctx = self.without_cancel();
        let place = Location::caller();
        async move {
            match tokio::spawn(Within::task(&ctx, place, fut)).await {
                Ok(output) => output,
                Err(err) if err.is_panic() => resume_unwind(err.into_panic()),
                Err(_) => panic!("the runtime was shut down under a shielded future"),
            }
        }
    }
}
