//! Which tasks of a context are still running, for whoever has to wait for them at the end.

#[cfg(any(feature = "main", feature = "test-util"))]
use std::collections::BTreeMap;
#[cfg(any(feature = "main", feature = "test-util"))]
use std::fmt;
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
    /// That of `ctx`, if there is one.
    pub(crate) fn of(ctx: &Ctx) -> Option<Tracker> {
        ctx.held::<Tracker>().cloned()
    }

    /// Notes a task, if `ctx` has a tracker.
    pub(crate) fn started(ctx: &Ctx, place: &'static Location<'static>) -> Option<Running> {
        Tracker::of(ctx).map(|tracker| tracker.start(place))
    }

    /// Notes a task.
    pub(crate) fn start(self, place: &'static Location<'static>) -> Running {
        let key = lock(&self.0.running).insert(place);
        Running { tracker: self, key }
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

    /// The tasks that are running, by the place of their spawn.
    pub(crate) fn running(&self) -> Vec<Tasks> {
        let mut counts = BTreeMap::new();
        for (_, place) in &*lock(&self.0.running) {
            *counts.entry(*place).or_insert(0) += 1;
        }
        let tasks = |(place, count)| Tasks { place, count };
        counts.into_iter().map(tasks).collect()
    }
}

/// The running tasks that were spawned at one place.
#[cfg(any(feature = "main", feature = "test-util"))]
pub(crate) struct Tasks {
    place: &'static Location<'static>,
    count: usize,
}

#[cfg(any(feature = "main", feature = "test-util"))]
impl fmt::Display for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            1 => write!(f, "the task spawned at {}", self.place),
            count => write!(f, "{count} tasks spawned at {}", self.place),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        lock(&self.tracker.0.running).remove(self.key);
        self.tracker.0.ended.notify_waiters();
    }
}
