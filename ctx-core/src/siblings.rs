//! Tasks that end each other: which of them failed first.

use crate::canceller::Canceller;
use crate::ctx::Ctx;
use crate::group::SiblingFailed;
use crate::sync::{AtomicUsize, Ordering};

/// What the tasks of a group have in common.
pub(crate) struct Siblings {
    pub(crate) ctx: Ctx,
    pub(crate) canceller: Canceller,
    /// The number of the task that failed first.
    failed: AtomicUsize,
}

const NONE: usize = usize::MAX;

impl Siblings {
    pub(crate) fn new((ctx, canceller): (Ctx, Canceller)) -> Siblings {
        Siblings {
            ctx,
            canceller,
            failed: AtomicUsize::new(NONE),
        }
    }

    /// Cancels the others.
    pub(crate) fn fail(&self, number: usize) {
        // Before the cancellation: who fails only because of that comes second.
        // ORDERING: Relaxed: the cancellation publishes it to whoever is cut off by it.
        let _ = self
            .failed
            .compare_exchange(NONE, number, Ordering::Relaxed, Ordering::Relaxed);
        self.canceller.cancel_where_derived(SiblingFailed);
    }

    /// Whether this task failed before all others. For who has been told that it has ended.
    pub(crate) fn failed_first(&self, number: usize) -> bool {
        // ORDERING: Relaxed: what has told of the end has published it.
        self.failed.load(Ordering::Relaxed) == number
    }
}
