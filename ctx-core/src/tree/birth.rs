//! How nodes are derived.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::{
    CANCELLER, DERIVED, DONE, Extra, Kind, LINKED, MAX_UNLINKED, NOWHERE, Node, NodeRef, TIMED,
    attach, link,
};
use crate::clock;
use crate::error::BoxError;
use crate::lists::Lists;
use crate::moment::Moment;
use crate::nanos::Nanos;
use crate::outcome::Outcome;
use crate::sync::{AtomicU32, Ordering};
use crate::word::Word;

impl Node {
    // In place, where it is called: it is not small.
    #[inline(always)]
    fn new(
        parent: Option<&NodeRef>,
        kind: Kind,
        moment: Moment,
        origin: &'static Location<'static>,
    ) -> Node {
        let cancellers = if kind == Kind::Cancel { CANCELLER } else { 0 };
        let timed = if moment.is_never() { 0 } else { TIMED };
        let (linked, unlinked, depth) = match parent {
            // A root has no list to be in.
            None => (LINKED, 0, 1),
            Some(parent) => {
                // ORDERING: Relaxed, both: `drop_unseen` exchanges the same word. Either it fails because of
                // `DERIVED`, or came before it, and then every later look from here finds `DONE`. Who does
                // not see `LINKED` counts a level too many.
                let seen = parent.word.load(Ordering::Relaxed);
                if seen & DERIVED == 0 {
                    parent.word.fetch_or(DERIVED, Ordering::Relaxed);
                }
                let above = if seen & LINKED != 0 {
                    0
                } else {
                    parent.unlinked
                };
                (0, above + 1, parent.depth.saturating_add(1))
            }
        };
        Node {
            word: Word::new(cancellers | timed | linked, Lists::new()),
            outcome: Outcome::new(),
            parent: parent.cloned(),
            moment,
            origin,
            extra: None,
            nanos: Nanos::new(0),
            slot: AtomicU32::new(NOWHERE),
            depth,
            unlinked,
            kind,
        }
    }

    /// Sees to it that it is not too far from one that is linked.
    #[inline]
    fn born(this: &NodeRef) {
        if this.unlinked > MAX_UNLINKED {
            link(this);
        }
    }

    /// A node with one canceller: a reference for the context and one for that.
    pub(crate) fn with_cancel(
        parent: Option<&NodeRef>,
        origin: &'static Location<'static>,
    ) -> (NodeRef, NodeRef) {
        // ORDERING: as in `boundary`.
        let done = |parent: &&NodeRef| parent.word.load(Ordering::Acquire) & DONE != 0;
        if let Some(parent) = parent.filter(done) {
            // Another could not differ from it: it is done, with the same outcome, and cannot be cancelled.
            parent.add_canceller();
            return (parent.clone(), parent.clone());
        }
        let moment = parent.map_or(Moment::NEVER, |parent| parent.moment);
        let mut node = NodeRef::new(|| Node::new(parent, Kind::Cancel, moment, origin), |_| ());
        let second = node.second();
        Node::born(&node);
        (node, second)
    }

    /// A node that is done at `at`, by a timeout of `span` if there is one.
    pub(crate) fn with_deadline(
        parent: Option<&NodeRef>,
        at: Moment,
        span: Option<Duration>,
        cause: Option<BoxError>,
        origin: &'static Location<'static>,
    ) -> NodeRef {
        let moment = parent.map_or(at, |parent| at.min(parent.moment));
        let kind = if span.is_some() {
            Kind::Timeout
        } else {
            Kind::Deadline
        };
        let make = || Node::new(parent, kind, moment, origin);
        let node = NodeRef::new(make, |node| {
            node.nanos = Nanos::new(span.map_or(0, nanos));
            node.extra = cause.map(|cause| Box::new(Extra::Cause(Arc::from(cause))));
            // A parent that is done decides, also if its deadline passed unnoticed. It is looked at once it
            // knows of a child: from then on it is dated even if its canceller is merely dropped.
            if let Some(outcome) = parent.and_then(|parent| parent.look()) {
                // An earlier deadline does not count, nor is a grace below counted from it.
                node.moment = node.moment.max(outcome.at());
                node.latch(outcome);
                node.unlinked = 0;
            }
        });
        Node::born(&node);
        node
    }

    /// A node that is done `grace` after `parent` is.
    pub(crate) fn with_grace(
        parent: &NodeRef,
        grace: Duration,
        origin: &'static Location<'static>,
    ) -> NodeRef {
        parent.is_done();
        let moment = parent.moment.after(grace);
        let make = || Node::new(Some(parent), Kind::Grace, moment, origin);
        let node = NodeRef::new(make, |node| node.nanos = Nanos::new(nanos(grace)));
        link(&node);
        node
    }

    /// A node that is done when either is.
    pub(crate) fn merge(
        first: &NodeRef,
        second: &NodeRef,
        origin: &'static Location<'static>,
    ) -> NodeRef {
        let moment = first.moment.min(second.moment);
        let make = || Node::new(Some(first), Kind::Merge, moment, origin);
        let node = NodeRef::new(make, |node| {
            let (other, slot) = (second.clone(), AtomicU32::new(NOWHERE));
            node.extra = Some(Box::new(Extra::Merge { other, slot }));
        });
        // ORDERING: as in `new`, which has seen to `first`.
        second.word.fetch_or(DERIVED, Ordering::Relaxed);
        link(first);
        link(second);
        // If both are done, the one that was done first decides.
        let now = clock::now();
        if second.known_moment(now) < first.known_moment(now) {
            attach(&node, second, node.second_slot());
            attach(&node, first, &node.slot);
        } else {
            attach(&node, first, &node.slot);
            attach(&node, second, node.second_slot());
        }
        // ORDERING: Release: who sees `LINKED` sees what both parents have passed on.
        node.word.fetch_or(LINKED, Ordering::AcqRel);
        node
    }
}

/// What does not fit, 584 years and more, is without an end.
fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
