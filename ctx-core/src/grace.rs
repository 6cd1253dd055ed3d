//! Callees that may go on for a while after their context is done, as their callers' races see them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::clock;
use crate::moment::Moment;
use crate::sync::lock;
use crate::tree::NodeRef;

/// One callee with a grace.
pub(crate) struct Grace {
    node: NodeRef,
    span: Duration,
    over: AtomicBool,
}

/// The callee's own hold on its grace, which ends with it.
pub(crate) struct Callee(Arc<Grace>);

/// The callees that a race may have to wait for.
#[derive(Default)]
pub(crate) struct Graces(Mutex<Vec<Arc<Grace>>>);

impl Grace {
    /// When the grace that has begun will end, if the callee is still in it.
    fn end(&self, now: Moment) -> Option<Moment> {
        if self.over.load(Ordering::Acquire) {
            return None;
        }
        let end = self.node.look(clock::now)?.at().after(self.span);
        (now < end).then_some(end)
    }
}

impl Callee {
    pub(crate) fn new(node: NodeRef, span: Duration) -> Callee {
        Callee(Arc::new(Grace {
            node,
            span,
            over: AtomicBool::new(false),
        }))
    }

    pub(crate) fn span(&self) -> Duration {
        self.0.span
    }

    /// The end of this grace, if it has begun and is not past.
    pub(crate) fn end(&self) -> Option<Moment> {
        self.0.end(clock::now())
    }
}

impl Drop for Callee {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Release);
    }
}

impl Graces {
    pub(crate) fn add(&self, callee: &Callee) {
        let mut list = lock(&self.0);
        if !list.iter().any(|known| Arc::ptr_eq(known, &callee.0)) {
            list.retain(|known| !known.over.load(Ordering::Acquire));
            list.push(Arc::clone(&callee.0));
        }
    }

    /// When the next of the graces that have begun ends.
    pub(crate) fn next_end(&self) -> Option<Moment> {
        let list = lock(&self.0).clone();
        if list.is_empty() {
            return None;
        }
        let now = clock::now();
        list.iter().filter_map(|grace| grace.end(now)).min()
    }
}

impl Clone for Graces {
    fn clone(&self) -> Self {
        Graces(Mutex::new(lock(&self.0).clone()))
    }
}
