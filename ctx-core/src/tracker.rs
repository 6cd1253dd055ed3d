//! Which tasks of a context are still running, for whoever has to wait for them at the end.

use std::panic::Location;
use std::sync::{Arc, Mutex};

use slab::Slab;
use tokio::sync::Notify;

use crate::ctx::Ctx;
use crate::sync::lock;

/// The tasks that were spawned through one context and what is derived from it.
#[derive(Clone, Default)]
pub(crate) struct Tracker(Arc<Tracked>);

#[derive(Default)]
struct Tracked {
    running: Mutex<Slab<&'static Location<'static>>>,
    ended: Notify,
}

/// One task that is running.
pub(crate) struct Running {
    tracker: Tracker,
    key: usize,
}

impl Tracker {
    /// Notes a task, if `ctx` has a tracker.
    pub(crate) fn started(ctx: &Ctx, place: &'static Location<'static>) -> Option<Running> {
        let tracker = ctx.held::<Tracker>()?.clone();
        let key = lock(&tracker.0.running).insert(place);
        Some(Running { tracker, key })
    }
}

/// What waits for the tasks.
#[cfg(any(feature = "main", feature = "test-util"))]
impl Tracker {
    /// Tracks what is spawned through the context from now on.
    pub(crate) fn watch(&self, ctx: &Ctx) -> Ctx {
        ctx.holding(self.clone())
    }

    /// Waits until nothing is running.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing.
    pub(crate) async fn idle(&self) {
        loop {
            let ended = self.0.ended.notified();
            if lock(&self.0.running).is_empty() {
                return;
            }
            ended.await;
        }
    }

    /// Where the tasks that are running were spawned.
    pub(crate) fn running(&self) -> Vec<&'static Location<'static>> {
        let running = lock(&self.0.running);
        running.iter().map(|(_, place)| *place).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        lock(&self.tracker.0.running).remove(self.key);
        self.tracker.0.ended.notify_waiters();
    }
}
