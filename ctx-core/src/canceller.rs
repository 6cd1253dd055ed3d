//! The handle that cancels.

use std::fmt;
use std::panic::Location;

use crate::error::{BoxError, Cause};
use crate::tree::NodeRef;

/// The only way to cancel a context; made by [`Ctx::with_cancel`](crate::Ctx::with_cancel).
///
/// Go's `CancelFunc` and `CancelCauseFunc`. Where Go leaks if the call is forgotten, here the
/// context is cancelled when the last clone of its canceller is dropped. So bind it to a name that lives
/// as long as the work: `let (ctx, _cancel) = ..`. A plain `_` drops it at once.
///
/// A drop is dated like a cancellation wherever somebody could tell: below a deadline, with a child, with a waiter. Where
/// nobody could, no clock is read, and a grace or a merge that is derived from the context later counts from the moment at which
/// somebody first looked.
///
/// ```
/// use ctx_core::Ctx;
///
/// let (ctx, cancel) = Ctx::background().with_cancel();
/// assert!(!ctx.is_done());
/// cancel.cancel();
/// assert!(ctx.is_done());
/// ```
pub struct Canceller {
    /// None once it is detached.
    node: Option<NodeRef>,
}

impl Canceller {
    pub(crate) fn new(node: NodeRef) -> Self {
        Canceller { node: Some(node) }
    }

    /// Cancels the context and everything below it. Further calls change nothing.
    ///
    /// When it returns, every descendant that is not behind a grace reports done, and all that wait have
    /// been woken. A deadline that had passed before decides all the same.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let (child, _cancel_child) = ctx.with_cancel();
    /// cancel.cancel();
    /// assert_eq!(child.err().map(|err| err.to_string()).as_deref(), Some("context cancelled"));
    /// ```
    #[track_caller]
    pub fn cancel(&self) {
        self.cancel_for(Cause::None, Location::caller());
    }

    /// Cancels with a reason, which [`Error::cause`](crate::Error::cause) gives back.
    ///
    /// Go's `CancelCauseFunc`. The first reason stays.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// cancel.cancel_with("the user closed the tab");
    /// cancel.cancel_with("too late");
    /// let err = ctx.err().expect("cancelled");
    /// assert_eq!(err.to_string(), "context cancelled: the user closed the tab");
    /// ```
    #[track_caller]
    pub fn cancel_with(&self, cause: impl Into<BoxError>) {
        let origin = Location::caller();
        let cause = Cause::from(Some(cause.into()));
        self.cancel_for(cause, origin);
    }

    /// Cancels for what has no call to `cancel`, such as a group: the place is that of the derivation.
    pub(crate) fn cancel_where_derived(&self, cause: impl Into<BoxError>) {
        if let Some(node) = &self.node {
            node.cancel(Cause::from(Some(cause.into())), node.origin());
        }
    }

    fn cancel_for(&self, cause: Cause, origin: &'static Location<'static>) {
        if let Some(node) = &self.node {
            node.cancel(cause, origin);
        }
    }

    /// From now on dropping cancels nothing, whichever clone is dropped.
    ///
    /// For a context that ends with its parent alone.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let other = cancel.clone();
    /// cancel.detach();
    /// drop(other);
    /// assert!(!ctx.is_done());
    /// ```
    pub fn detach(mut self) {
        if let Some(node) = self.node.take() {
            node.detach();
        }
    }
}

impl Clone for Canceller {
    fn clone(&self) -> Self {
        let node = self.node.as_ref().inspect(|node| node.add_canceller());
        Canceller {
            node: node.cloned(),
        }
    }
}

impl Drop for Canceller {
    fn drop(&mut self) {
        if let Some(node) = &self.node {
            node.drop_canceller();
        }
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canceller")
            .field(
                "done",
                &self.node.as_ref().is_some_and(|node| node.is_done()),
            )
            .finish()
    }
}
