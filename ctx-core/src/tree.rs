//! The tree: who is done, since when, and with which outcome.
//!
//! # How it holds together
//!
//! A node has a *moment*, the number at which it is done: the earliest of its own deadline and its
//! parents' (fixed at birth, [`Node::moment`]), of its own cancellation, and of what its parents
//! turn out to be done at. The clock is read where it has to be and no more often: a look at it costs more
//! than most of what happens here.
//!
//! 1. **The outcome is latched once.** Whoever sets `DONE`, which is never cleared, fills [`Outcome`] before it gives
//!    the lock back; who finds it empty waits for the lock. A canceller that was dropped with nobody to date it for sets `DONE`
//!    alone; whoever looks first makes the outcome, under the lock. A child that is told by its parent keeps no
//!    copy: `INHERITED`, which is set with `DONE` in one step, says that the outcome is that of the parent.
//! 2. **A node is either linked or short.** `LINKED` means that it is in the list of each parent, and
//!    every ancestor likewise: what happens above is pushed to it, so its own word tells all but
//!    the time. A node that is not linked has fewer than [`MAX_UNLINKED`] such nodes above it before one
//!    that is, and looks at them. Waiting links; so do merges and graces, at birth.
//! 3. **Nothing slips by a link.** The lock of the lists is in the word ([`Word`]). A child is inserted under the
//!    parent's lock, and taking that tells the newcomer whether the parent is done; a canceller sets `DONE` where
//!    it takes the lock. So either it finds the entry or the newcomer finds `DONE`. Waiters register
//!    alike. `LINKED` is set last, when the child has taken over what its parent knew. A waiter that goes needs no lock, if its
//!    waker is in the slot beside the word: it and who comes to wake it change the same word.
//! 4. **A latch goes downwards.** Whoever finds that an ancestor, or time, has decided latches that
//!    ancestor first and then each node on the way down, carrying on with the outcome that each
//!    really has. So a child's inherited outcome is never one that its parent does not have.
//! 5. **A cancellation pushes.** It latches, then visits all linked descendants, also below a node that was done
//!    before: that one may have been latched by a look, which pushes nothing.
//! 6. **A grace turns a push into a lowering.** Below it nothing is done yet, but an outcome and its
//!    moment are known: they stand in the lists (`LOWERED`), waiters are woken to look again, and
//!    time does the rest.
//!
//! Lock order: a parent before its child, and that only while linking. Wakers and destructors of
//! foreign types run under none.

mod birth;
mod cancel;
mod link;
mod look;
mod sweep;
#[cfg(all(test, not(ctx_loom)))]
mod tests;

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use link::Registered;
use link::{attach, link};

use crate::error::{Cause, Error};
use crate::lists::Lists;
use crate::moment::Moment;
use crate::nanos::Nanos;
use crate::outcome::{Outcome, Plain};
use crate::shared::{Shared, Target};
use crate::sync::{AtomicU32, Ordering};
use crate::word::{FLAGS, Locked, Word};

pub(crate) type NodeRef = Shared<Node>;

/// The outcome is decided.
const DONE: usize = 1 << FLAGS;
/// In the list of every parent.
const LINKED: usize = 1 << (FLAGS + 1);
/// The lists were used: a canceller has to look into them.
const LISTS: usize = 1 << (FLAGS + 2);
/// An outcome with a later moment stands in the lists.
const LOWERED: usize = 1 << (FLAGS + 3);
/// A cancellation has visited everything below: the next one need not, or a long chain that is
/// cancelled link by link would be visited over and over.
const SWEPT: usize = 1 << (FLAGS + 4);
/// Dropping the last canceller does not cancel.
const DETACHED: usize = 1 << (FLAGS + 5);
/// A child was derived.
const DERIVED: usize = 1 << (FLAGS + 6);
/// The outcome is that of the parent.
const INHERITED: usize = 1 << (FLAGS + 7);
/// The moment is not never: a look has to read the clock, too.
const TIMED: usize = 1 << (FLAGS + 8);
/// The cancellers are counted above the flags.
const CANCELLER: usize = 1 << (FLAGS + 9);

/// Further unlinked nodes link at birth. A look costs about a nanosecond for each.
const MAX_UNLINKED: u8 = 16;

/// Further nodes that inherit take a copy: an outcome is found in so many steps.
const MAX_HOPS: u8 = 16;

/// The slot of a node that is in no list.
const NOWHERE: u32 = u32::MAX;

/// One derivation that can be done on its own.
pub(crate) struct Node {
    word: Word<Lists<Node>>,
    outcome: Outcome,
    parent: Option<NodeRef>,
    moment: Moment,
    origin: &'static Location<'static>,
    extra: Option<Box<Extra>>,
    /// How long a timeout or a grace is; when a node with a plain outcome was done.
    nanos: Nanos,
    slot: AtomicU32,
    depth: u16,
    unlinked: u8,
    kind: Kind,
}

/// How a node was derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Cancel,
    Deadline,
    Timeout,
    Grace,
    Merge,
}

/// What few nodes have.
enum Extra {
    Cause(Arc<dyn std::error::Error + Send + Sync>),
    Merge { other: NodeRef, slot: AtomicU32 },
}

/// What a push brings to the children of a node.
#[derive(Clone)]
struct Push {
    at: Moment,
    /// That it holds at its moment, not at once.
    lowering: bool,
    /// The outcome; if none, that of their parent.
    outcome: Option<Error>,
    /// In how many steps it is found from their parent.
    hops: u8,
}

/// A waiter could not register: the context is done.
pub(crate) struct AlreadyDone;

impl Node {
    pub(crate) fn parent(&self) -> Option<&NodeRef> {
        self.parent.as_ref()
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// How many nodes there are from the root to here, this one too.
    pub(crate) fn depth(&self) -> u16 {
        self.depth
    }

    /// Of a timeout or a grace.
    pub(crate) fn span(&self) -> Duration {
        match self.nanos.get() {
            u64::MAX => Duration::MAX,
            nanos => Duration::from_nanos(nanos),
        }
    }

    pub(crate) fn origin(&self) -> &'static Location<'static> {
        self.origin
    }

    /// The deadline fixed at birth.
    pub(crate) fn moment(&self) -> Moment {
        self.moment
    }

    /// The parent that a merge has beside its first.
    pub(crate) fn other(&self) -> Option<&NodeRef> {
        match self.extra.as_deref()? {
            Extra::Merge { other, .. } => Some(other),
            Extra::Cause(_) => None,
        }
    }

    /// Who is to be told, under the lock.
    fn lists(&self) -> Locked<'_, Lists<Node>> {
        self.word.lock(0)
    }

    fn second_slot(&self) -> &AtomicU32 {
        match self.extra.as_deref() {
            Some(Extra::Merge { slot, .. }) => slot,
            _ => &self.slot,
        }
    }

    /// How many waiters and how many children are in its lists.
    pub(crate) fn listed_below(&self) -> (usize, usize) {
        self.lists().len()
    }

    /// Whether the moment is this node's own deadline. A tie is the parent's.
    fn owns_moment(&self) -> bool {
        matches!(self.kind, Kind::Deadline | Kind::Timeout)
            && self
                .parent
                .as_ref()
                .is_none_or(|parent| self.moment < parent.moment)
    }

    /// The error of a plain outcome in the cell.
    fn error(&self, plain: Plain) -> Error {
        let (cause, origin) = match plain {
            Plain::Cancelled(place) => (Cause::None, place),
            Plain::Dropped => (Cause::Dropped, self.origin),
        };
        Error::cancelled(cause, origin, self.cancelled_at())
    }

    /// Of a node with a plain outcome.
    fn cancelled_at(&self) -> Moment {
        Moment::from_nanos(self.nanos.get())
    }

    fn own_deadline(&self) -> Error {
        let cause = match self.extra.as_deref() {
            Some(Extra::Cause(cause)) => Cause::Given(Arc::clone(cause)),
            _ => Cause::None,
        };
        let span = (self.kind == Kind::Timeout).then(|| self.span());
        Error::deadline(cause, self.origin, self.moment, span)
    }
}

impl Target for Node {
    #[inline]
    fn is_listed(&self) -> bool {
        // ORDERING: Relaxed, here and below: a slot is written through a counted reference, and who asks has
        // acquired what all others did before they gave theirs up.
        self.slot.load(Ordering::Relaxed) != NOWHERE
            || self.extra.is_some() && self.second_slot().load(Ordering::Relaxed) != NOWHERE
    }

    fn unlink(&self) {
        let leave = |list: Option<&NodeRef>, slot: &AtomicU32| {
            // ORDERING: as in `is_listed`.
            let slot = slot.load(Ordering::Relaxed);
            if let (Some(node), true) = (list, slot != NOWHERE) {
                node.lists().remove_child(slot);
            }
        };
        leave(self.parent(), &self.slot);
        if let Some(Extra::Merge { other, slot }) = self.extra.as_deref() {
            leave(Some(other), slot);
        }
    }

    #[inline]
    fn take_parents(&mut self) -> (Option<NodeRef>, Option<NodeRef>) {
        let parent = self.parent.take();
        // A cause goes later, when these are owned: its destructor may panic.
        let merge = (self.extra).take_if(|extra| matches!(**extra, Extra::Merge { .. }));
        let other = merge.and_then(|extra| match *extra {
            Extra::Merge { other, .. } => Some(other),
            Extra::Cause(_) => None,
        });
        (parent, other)
    }
}
