//! Contexts that end when something else does.

use std::future::Future;
use std::panic::Location;

use tokio::task::JoinHandle;

use crate::ctx::Ctx;
use crate::error::BoxError;
use crate::tree::Node;

/// Ends a task that watches for a context when nobody has that context any more.
struct Watcher(JoinHandle<()>);

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a watching task cancels. It counts as no canceller, and does not keep the context alive for
/// anybody else.
pub(crate) struct Target {
    child: Ctx,
    origin: &'static Location<'static>,
}

impl Target {
    fn of(child: &Ctx, origin: &'static Location<'static>) -> Target {
        Target {
            child: child.clone(),
            origin,
        }
    }

    pub(crate) fn cancel(&self, cause: Option<BoxError>) {
        if let Some(node) = self.child.node() {
            node.cancel(cause.into(), self.origin);
        }
    }
}

impl Ctx {
    /// A child that is done when `fut` is, with the output as the cause.
    ///
    /// For what tells its end in another way: a channel that closes, a lease that is lost, a process
    /// that exits. The output is anything that becomes a [`BoxError`], a text or an error; a future that says nothing is
    /// wrapped in one that does, as here. It runs in a task, which ends when the child is done or all of its handles are
    /// dropped.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # tokio_test::block_on(async {
    /// let (lost, lease) = tokio::sync::oneshot::channel::<()>();
    /// let ctx = Ctx::background().with_cancel_on(async move {
    ///     let _ = lease.await;
    ///     "the lease was lost"
    /// });
    /// drop(lost);
    /// assert_eq!(ctx.done().await.to_string(), "context cancelled: the lease was lost");
    /// # });
    /// ```
    #[must_use = "the parent is not changed"]
    #[track_caller]
    pub fn with_cancel_on<F>(&self, fut: F) -> Ctx
    where
        F: Future + Send + 'static,
        F::Output: Into<BoxError>,
    {
        self.watched(Location::caller(), |target| async move {
            let cause = fut.await.into();
            target.cancel(Some(cause));
        })
    }

    /// A child that the task made by `watch` may cancel. The task ends with the child, or with its last handle.
    pub(crate) fn watched<F, Fut>(&self, origin: &'static Location<'static>, watch: F) -> Ctx
    where
        F: FnOnce(Target) -> Fut,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let child = self.derive(Node::with_cancel(self.node(), origin).0);
        let racing = child.clone().run_owned(watch(Target::of(&child, origin)));
        let task = tokio::spawn(async move { drop(racing.await) });
        child.holding(Watcher(task))
    }
}

/// A signal is watched for after the child is done, too.
#[cfg(feature = "signal")]
impl Ctx {
    pub(crate) fn watched_to_its_drop<F, Fut>(
        &self,
        origin: &'static Location<'static>,
        watch: F,
    ) -> Ctx
    where
        F: FnOnce(Target) -> Fut,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let child = self.derive(Node::with_cancel(self.node(), origin).0);
        let task = tokio::spawn(watch(Target::of(&child, origin)));
        child.holding(Watcher(task))
    }
}
