//! Calls that may go on for a while after their context is done, as the races around them see it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::clock;
use crate::moment::Moment;
use crate::tree::NodeRef;

/// One call with a grace.
struct Grace {
    node: NodeRef,
    span: Duration,
    over: AtomicBool,
}

/// The graces that one race has to do with: its own, and those of calls within its body.
///
/// A call makes itself known to every race around it before it first returns `Pending`, and whether
/// it is in its grace follows from its context and the time. So it does not matter in which order
/// they are woken, nor whether each is polled again.
#[derive(Default)]
pub(crate) struct Graces {
    own: Option<Own>,
    /// What the body's prologue says, until the race takes it up.
    pub(crate) span: Option<Duration>,
    callees: Vec<Arc<Grace>>,
}

/// The call's own hold on its grace, which ends with it.
struct Own(Arc<Grace>);

impl Drop for Own {
    fn drop(&mut self) {
        // ORDERING: Release, Acquire below: who goes on because the call is over sees what it has done.
        self.0.over.store(true, Ordering::Release);
    }
}

impl Grace {
    /// When the grace that has begun will end, if the call is still in it.
    fn end(&self, now: Moment) -> Option<Moment> {
        // ORDERING: as in the drop of `Own`.
        if self.over.load(Ordering::Acquire) {
            return None;
        }
        let end = self.node.look()?.at().after(self.span);
        (now < end).then_some(end)
    }
}

impl Graces {
    /// Gives the race itself the grace that its prologue spoke of, counted from the end of `node`.
    pub(crate) fn take_up(&mut self, node: &NodeRef) {
        if let Some(span) = self.span.take() {
            self.set_own(node, span);
        }
    }

    fn set_own(&mut self, node: &NodeRef, span: Duration) {
        self.own = Some(Own(Arc::new(Grace {
            node: node.clone(),
            span,
            over: AtomicBool::new(false),
        })));
    }

    pub(crate) fn has_own(&self) -> bool {
        self.own.is_some()
    }

    /// Makes this race's own grace known to one around it.
    pub(crate) fn announce_to(&self, outer: &mut Graces) {
        let Some(Own(grace)) = &self.own else { return };
        let known = |other: &Arc<Grace>| Arc::ptr_eq(other, grace);
        if !outer.callees.iter().any(known) {
            outer
                .callees
                // ORDERING: as in the drop of `Own`.
                .retain(|old| !old.over.load(Ordering::Acquire));
            outer.callees.push(Arc::clone(grace));
        }
    }

    /// When the next of the graces that have begun ends; `None`: nothing is to be waited for.
    pub(crate) fn next_end(&self) -> Option<Moment> {
        let now = clock::now();
        let own = self.own.iter().map(|own| &own.0);
        own.chain(&self.callees)
            .filter_map(|grace| grace.end(now))
            .min()
    }
}
