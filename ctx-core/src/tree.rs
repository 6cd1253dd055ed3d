//! The tree: who is done, since when, and with which outcome.
//!
//! # How it holds together
//!
//! A node has a *moment*, the number at which it is done: the earliest of its own deadline and its
//! parents' (fixed at birth, [`Node::moment`]), of its own cancellation, and of what its parents
//! turn out to be done at. Nothing here reads a clock of its own accord; numbers come in.
//!
//! 1. **The outcome is latched once.** [`Outcome`] takes the first; `DONE` is set after it and never
//!    cleared. A canceller that was dropped with nobody to date it for sets `DONE` alone; whoever
//!    looks first makes the outcome, and the cell decides between several.
//! 2. **A node is either linked or short.** `LINKED` means that it is in the list of each parent, and
//!    every ancestor likewise: what happens above is pushed to it, so its own word tells all but
//!    the time. A node that is not linked has fewer than [`MAX_UNLINKED`] such nodes above it before one
//!    that is, and looks at them. Waiting links; so do merges and graces, at birth.
//! 3. **Nothing slips by a link.** A child is inserted under the parent's lock, where the parent's
//!    word is read by the read-modify-write that announces the list (`LISTS`). A canceller sets
//!    `DONE` by a read-modify-write of that word before it takes the lock. So either it finds the
//!    entry or the newcomer finds `DONE`. Waiters register alike. `LINKED` is set last, when the
//!    child has taken over what its parent knew.
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

use std::cmp::Ordering::{Equal, Greater, Less};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use crate::error::{BoxError, CancellerDropped, Error};
use crate::lists::Lists;
use crate::moment::Moment;
use crate::outcome::Outcome;
use crate::shared::{Shared, Target};
use crate::sync::{AtomicU32, AtomicUsize, Mutex, Ordering, lock_seen as lock};

/// A clock that callers pass in.
pub(crate) type Clock = fn() -> Moment;

pub(crate) type NodeRef = Shared<Node>;

/// The outcome is decided.
const DONE: usize = 1;
/// In the list of every parent.
const LINKED: usize = 1 << 1;
/// The lists were used: a canceller has to look into them.
const LISTS: usize = 1 << 2;
/// An outcome with a later moment stands in the lists.
const LOWERED: usize = 1 << 3;
/// A cancellation has visited everything below: the next one need not, or a long chain that is
/// cancelled link by link would be visited over and over.
const SWEPT: usize = 1 << 4;
/// Dropping the last canceller does not cancel.
const DETACHED: usize = 1 << 5;
/// A child was derived.
const DERIVED: usize = 1 << 6;
/// The cancellers are counted above the flags.
const CANCELLER: usize = 1 << 8;

/// Further unlinked nodes link at birth. A look costs less than a nanosecond for each.
const MAX_UNLINKED: u8 = 8;

/// The slot of a node that is in no list.
const NOWHERE: u32 = u32::MAX;

/// One derivation that can be done on its own.
pub(crate) struct Node {
    word: AtomicUsize,
    outcome: Outcome,
    parent: Option<NodeRef>,
    moment: Moment,
    origin: &'static Location<'static>,
    extra: Option<Box<Extra>>,
    /// Of a timeout or a grace.
    span: u64,
    slot: AtomicU32,
    depth: u16,
    unlinked: u8,
    kind: Kind,
    lists: Mutex<Lists<Node>>,
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

/// What a push brings to a child.
#[derive(Clone)]
struct Push {
    outcome: Error,
    /// It holds at its moment, not at once.
    lowering: bool,
}

/// A waiter could not register: the context is done.
pub(crate) struct AlreadyDone;

// Birth.
impl Node {
    fn new(
        parent: Option<&NodeRef>,
        kind: Kind,
        moment: Moment,
        origin: &'static Location<'static>,
    ) -> Node {
        let cancellers = if kind == Kind::Cancel { CANCELLER } else { 0 };
        let (linked, unlinked, depth) = match parent {
            // A root has no list to be in.
            None => (LINKED, 0, 1),
            Some(parent) => {
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
            word: AtomicUsize::new(cancellers | linked),
            outcome: Outcome::empty(),
            parent: parent.cloned(),
            moment,
            origin,
            extra: None,
            span: 0,
            slot: AtomicU32::new(NOWHERE),
            depth,
            unlinked,
            kind,
            lists: Mutex::new(Lists::new()),
        }
    }

    fn born(self, clock: Clock) -> NodeRef {
        let long = self.unlinked > MAX_UNLINKED;
        let node = NodeRef::new(self);
        if long {
            link(&node, clock);
        }
        node
    }

    /// A node with one canceller.
    pub(crate) fn with_cancel(
        parent: Option<&NodeRef>,
        origin: &'static Location<'static>,
        clock: Clock,
    ) -> NodeRef {
        let moment = parent.map_or(Moment::NEVER, |parent| parent.moment);
        Node::new(parent, Kind::Cancel, moment, origin).born(clock)
    }

    /// A node that is done at `at`, by a timeout of `span` if there is one.
    pub(crate) fn with_deadline(
        parent: Option<&NodeRef>,
        at: Moment,
        span: Option<Duration>,
        cause: Option<BoxError>,
        origin: &'static Location<'static>,
        clock: Clock,
    ) -> NodeRef {
        let moment = parent.map_or(at, |parent| at.min(parent.moment));
        let kind = if span.is_some() {
            Kind::Timeout
        } else {
            Kind::Deadline
        };
        let mut node = Node::new(parent, kind, moment, origin);
        node.span = span.map_or(0, nanos);
        node.extra = cause.map(|cause| Box::new(Extra::Cause(Arc::from(cause))));
        // A parent that is done decides, also if its deadline passed unnoticed. It is looked at once it
        // knows of a child: from then on it is dated even if its canceller is merely dropped.
        if let Some(outcome) = parent.and_then(|parent| parent.look(clock)) {
            node.latch(outcome);
        }
        node.born(clock)
    }

    /// A node that is done `grace` after `parent` is.
    pub(crate) fn with_grace(
        parent: &NodeRef,
        grace: Duration,
        origin: &'static Location<'static>,
        clock: Clock,
    ) -> NodeRef {
        parent.is_done(clock);
        let mut node = Node::new(
            Some(parent),
            Kind::Grace,
            parent.moment.after(grace),
            origin,
        );
        node.span = nanos(grace);
        let node = NodeRef::new(node);
        link(&node, clock);
        node
    }

    /// A node that is done when either is.
    pub(crate) fn merge(
        first: &NodeRef,
        second: &NodeRef,
        origin: &'static Location<'static>,
        clock: Clock,
    ) -> NodeRef {
        let moment = first.moment.min(second.moment);
        let mut node = Node::new(Some(first), Kind::Merge, moment, origin);
        node.extra = Some(Box::new(Extra::Merge {
            other: second.clone(),
            slot: AtomicU32::new(NOWHERE),
        }));
        second.word.fetch_or(DERIVED, Ordering::Relaxed);
        let node = NodeRef::new(node);
        link(first, clock);
        link(second, clock);
        // If both are done, the one that was done first decides.
        let now = clock();
        if second.known_moment(now) < first.known_moment(now) {
            attach(&node, second, node.second_slot(), clock);
            attach(&node, first, &node.slot, clock);
        } else {
            attach(&node, first, &node.slot, clock);
            attach(&node, second, node.second_slot(), clock);
        }
        node.word.fetch_or(LINKED, Ordering::AcqRel);
        node
    }
}

// Shape.
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
        Duration::from_nanos(self.span)
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

    fn second_slot(&self) -> &AtomicU32 {
        match self.extra.as_deref() {
            Some(Extra::Merge { slot, .. }) => slot,
            _ => &self.slot,
        }
    }

    /// Whether the moment is this node's own deadline. A tie is the parent's.
    fn owns_moment(&self) -> bool {
        matches!(self.kind, Kind::Deadline | Kind::Timeout)
            && self
                .parent
                .as_ref()
                .is_none_or(|parent| self.moment < parent.moment)
    }

    fn own_deadline(&self) -> Error {
        let cause = match self.extra.as_deref() {
            Some(Extra::Cause(cause)) => Some(Arc::clone(cause)),
            _ => None,
        };
        let span = (self.kind == Kind::Timeout).then(|| self.span());
        Error::deadline(cause, self.origin, self.moment, span)
    }
}

// Looking.
impl Node {
    /// The nearest node, from here upwards, whose word tells all: one that is done or linked.
    fn boundary(&self) -> (&Node, usize) {
        let mut node = self;
        loop {
            // ORDERING: Acquire: whoever sees a flag sees what was written before it was set.
            let word = node.word.load(Ordering::Acquire);
            if word & (DONE | LINKED) != 0 {
                return (node, word);
            }
            match &node.parent {
                Some(parent) => node = parent,
                None => return (node, word),
            }
        }
    }

    /// Whether the context is done. Takes no lock and reads no clock where nothing has happened
    /// and there is no deadline.
    #[inline]
    pub(crate) fn is_done(&self, clock: Clock) -> bool {
        let (node, word) = self.boundary();
        if word & (DONE | LOWERED) == 0 {
            return !self.moment.is_never() && self.is_done_at(clock());
        }
        (word & DONE != 0 && std::ptr::eq(node, self)) || self.is_done_at(clock())
    }

    /// The outcome, if the context is done.
    pub(crate) fn look(&self, clock: Clock) -> Option<Error> {
        self.is_done(clock).then(|| self.decided(clock))
    }

    /// The outcome of a node that is done. It is made here if the last canceller was dropped and
    /// nobody has looked since.
    fn decided(&self, now: impl FnOnce() -> Moment) -> Error {
        self.outcome.get().unwrap_or_else(|| {
            let cause = Some(CancellerDropped.into());
            self.outcome
                .set(Error::cancelled(cause, self.origin, now()))
        })
    }

    fn is_done_at(&self, now: Moment) -> bool {
        let (node, word) = self.boundary();
        if word & DONE != 0 {
            return std::ptr::eq(node, self) || self.settle(now, true);
        }
        let lowered = node.lowered_moment(word);
        if now < self.moment.min(lowered) {
            return false;
        }
        self.settle(now, lowered < self.moment)
    }

    fn lowered_moment(&self, word: usize) -> Moment {
        if word & LOWERED == 0 {
            return Moment::NEVER;
        }
        lock(&self.lists).lowered().map_or(Moment::NEVER, Error::at)
    }

    /// The moment at which this node is done, as far as anyone can tell `now`.
    fn known_moment(&self, now: Moment) -> Moment {
        self.moment.min(self.decided_moment(now))
    }

    /// The moment of what has been decided here or above, beside deadlines.
    fn decided_moment(&self, now: Moment) -> Moment {
        let (node, word) = self.boundary();
        if word & DONE != 0 {
            node.decided(|| now).at()
        } else {
            node.lowered_moment(word)
        }
    }

    /// The deadline: fixed at birth, unless a grace above has begun.
    pub(crate) fn deadline(&self) -> Moment {
        let mut node = self;
        loop {
            let word = node.word.load(Ordering::Acquire);
            match &node.parent {
                Some(parent) if word & LINKED == 0 => node = parent,
                _ => return self.moment.min(node.lowered_moment(word)),
            }
        }
    }

    /// Latches, from the deciding ancestor downwards, what has been decided by `now`; whether this
    /// node is done then. An ancestor's own deadline decides unless that of an outcome further up
    /// is known to come first (`past_deadlines`).
    fn settle(&self, now: Moment, mut past_deadlines: bool) -> bool {
        let mut path = Vec::new();
        let mut node = self;
        let mut outcome = loop {
            if node.word.load(Ordering::Acquire) & DONE != 0 {
                break node.decided(|| now);
            }
            if !past_deadlines && node.owns_moment() && node.moment <= now {
                break node.latch(node.own_deadline());
            }
            path.push(node);
            let Some(parent) = &node.parent else {
                return false;
            };
            node = match node.other() {
                None => parent,
                Some(other) => {
                    let other_first = other.known_moment(now) < parent.known_moment(now);
                    let branch = if other_first { other } else { parent };
                    // What comes first there need not be of the same sort as what does for both.
                    past_deadlines = branch.decided_moment(now) < branch.moment;
                    branch
                }
            };
        };
        for node in path.into_iter().rev() {
            if node.kind == Kind::Grace {
                let at = outcome.at().after(node.span());
                if now < at {
                    return false;
                }
                outcome = outcome.moved_to(at);
            }
            if node.owns_moment() && node.moment <= outcome.at() {
                outcome = node.own_deadline();
            }
            outcome = node.latch(outcome);
        }
        true
    }

    /// The outcome that this node has in the end.
    fn latch(&self, outcome: Error) -> Error {
        let outcome = self.outcome.set(outcome);
        if self.word.load(Ordering::Relaxed) & DONE == 0 {
            // ORDERING: Release publishes the outcome to whoever sees `DONE`.
            self.word.fetch_or(DONE, Ordering::AcqRel);
        }
        outcome
    }
}

// Cancelling.
impl Node {
    pub(crate) fn cancel(
        &self,
        cause: Option<BoxError>,
        origin: &'static Location<'static>,
        clock: Clock,
    ) {
        if self.word.load(Ordering::Acquire) & SWEPT != 0 {
            return;
        }
        // The clock first, then a look, then the latch: a deadline that was past at that reading wins.
        let now = clock();
        if !self.is_done_at(now) {
            self.latch(Error::cancelled(cause, origin, now));
        }
        self.sweep(now);
    }

    pub(crate) fn add_canceller(&self) {
        self.word.fetch_add(CANCELLER, Ordering::Relaxed);
    }

    pub(crate) fn detach(&self) {
        self.word.fetch_or(DETACHED, Ordering::Relaxed);
    }

    /// Cancels if this was the last canceller.
    pub(crate) fn drop_canceller(&self, clock: Clock) {
        // ORDERING: AcqRel: a `detach` through another clone is seen by the last one.
        let seen = self.word.fetch_sub(CANCELLER, Ordering::AcqRel);
        if seen / CANCELLER != 1 || seen & (DETACHED | SWEPT) != 0 {
            return;
        }
        if seen & (DONE | DERIVED | LOWERED) == 0 && self.moment.is_never() {
            let (_, above) = self.boundary();
            if above & (DONE | LOWERED) == 0 {
                // No deadline to compare with and no descendant to date it for: no clock is read,
                // and no outcome made unless somebody asks.
                let seen = self.word.fetch_or(DONE, Ordering::AcqRel);
                if seen & (LISTS | DERIVED) != 0 {
                    // There is one after all, derived meanwhile.
                    let now = clock();
                    self.decided(|| now);
                    self.sweep(now);
                }
                return;
            }
        }
        self.cancel(Some(CancellerDropped.into()), self.origin, clock);
    }

    /// Pushes this node's outcome to everything linked below it.
    fn sweep(&self, now: Moment) {
        // ORDERING: AcqRel on the word that newcomers announce themselves on: see invariant 3.
        if self.word.fetch_or(DONE, Ordering::AcqRel) & LISTS != 0 {
            let push = Push {
                outcome: self.decided(|| now),
                lowering: false,
            };
            let (mut stack, mut swept) = (Vec::new(), Vec::new());
            // A merge has two ways in; each further one would double the visits below it. They are held,
            // so that no other merge comes to have the address.
            let mut merges = HashMap::new();
            self.tell(&push, &mut stack);
            while let Some((node, push)) = stack.pop() {
                let way = push.lowering.then(|| push.outcome.at());
                if node.kind == Kind::Merge
                    && merges.insert((node.address(), way), node.clone()).is_some()
                {
                    continue;
                }
                let Some(push) = node.receive(push, now) else {
                    continue;
                };
                if node.tell(&push, &mut stack) && !push.lowering {
                    swept.push(node);
                }
            }
            for node in swept {
                node.word.fetch_or(SWEPT, Ordering::Release);
            }
        }
        self.word.fetch_or(SWEPT, Ordering::Release);
    }

    /// Wakes this node's waiters and puts its children on the stack; whether it has any.
    fn tell(&self, push: &Push, stack: &mut Vec<(NodeRef, Push)>) -> bool {
        let before = stack.len();
        // A waker that is alone needs no list.
        let (mut first, mut more) = (None, Vec::new());
        {
            let mut lists = lock(&self.lists);
            lists.take_wakers(push.lowering, |waker| match &first {
                None => first = Some(waker),
                Some(_) => more.push(waker),
            });
            for child in lists.children() {
                // SAFETY: a child leaves this list under this lock.
                if let Some(child) = unsafe { child.upgrade() } {
                    stack.push((child, push.clone()));
                }
            }
        }
        first.into_iter().chain(more).for_each(wake);
        stack.len() > before
    }

    /// Takes what a parent is done with; what this node's children are to be told.
    fn receive(&self, mut push: Push, now: Moment) -> Option<Push> {
        if self.kind == Kind::Grace {
            push.outcome = push.outcome.moved_to(push.outcome.at().after(self.span()));
            push.lowering = true;
        }
        let at = push.outcome.at();
        if push.lowering {
            return self.lower(&push.outcome).then_some(push);
        }
        let done = self.word.load(Ordering::Acquire) & DONE != 0;
        push.outcome = if done || self.kind == Kind::Merge && self.settle(at, true) {
            // It was done before, if only by the drop of a canceller; or the other parent was.
            self.decided(|| now)
        } else if self.owns_moment() && self.moment <= at {
            self.latch(self.own_deadline())
        } else {
            self.latch(push.outcome)
        };
        // ORDERING: as in `sweep`.
        let seen = self.word.fetch_or(DONE, Ordering::AcqRel);
        (seen & (LISTS | SWEPT) == LISTS).then_some(push)
    }

    /// Notes an outcome that holds at its moment; whether those below are to know.
    fn lower(&self, outcome: &Error) -> bool {
        if self.word.load(Ordering::Acquire) & DONE != 0 || self.moment <= outcome.at() {
            return false;
        }
        let mut lists = lock(&self.lists);
        match lists.lowered().map(|known| known.at().cmp(&outcome.at())) {
            Some(Less) => return false,
            // Another cancellation brought it, and may not have passed it on yet.
            Some(Equal) => return true,
            Some(Greater) | None => {}
        }
        let old = lists.set_lowered(outcome.clone());
        self.word.fetch_or(LOWERED | LISTS, Ordering::AcqRel);
        drop(lists);
        drop(old);
        true
    }
}

// Linking and waiting.
impl Node {
    /// Registers `waker`, to be woken once: when the context is done, or when its moment changes.
    pub(crate) fn register(this: &NodeRef, waker: Waker, clock: Clock) -> Result<u32, AlreadyDone> {
        link(this, clock);
        let mut lists = lock(&this.lists);
        // ORDERING: see invariant 3.
        if this.word.fetch_or(LISTS, Ordering::AcqRel) & DONE != 0 {
            drop(lists);
            return Err(AlreadyDone);
        }
        Ok(lists.insert_waiter(waker))
    }

    /// Puts `waker` in the place of the one under `key`, which is returned.
    pub(crate) fn replace(&self, key: u32, waker: Waker) -> Result<Option<Waker>, AlreadyDone> {
        let mut lists = lock(&self.lists);
        if self.word.load(Ordering::Acquire) & DONE != 0 {
            drop(lists);
            return Err(AlreadyDone);
        }
        Ok(lists.replace_waiter(key, waker))
    }

    pub(crate) fn unregister(&self, key: u32) -> Option<Waker> {
        lock(&self.lists).remove_waiter(key)
    }

    /// Whether a grace above has begun, for a node that is linked.
    pub(crate) fn is_lowered(&self) -> bool {
        self.word.load(Ordering::Acquire) & LOWERED != 0
    }
}

/// Links `this` and every ancestor that is not linked yet, from above.
fn link(this: &NodeRef, clock: Clock) {
    let mut path: [Option<&NodeRef>; MAX_UNLINKED as usize + 2] = [None; MAX_UNLINKED as usize + 2];
    let mut node = this;
    for place in &mut path {
        if node.word.load(Ordering::Acquire) & LINKED != 0 {
            break;
        }
        let Some(parent) = &node.parent else { break };
        *place = Some(node);
        node = parent;
    }
    for node in path.into_iter().rev().flatten() {
        let Some(parent) = &node.parent else { break };
        attach(node, parent, &node.slot, clock);
    }
}

/// Puts `node` into the list of `parent`, and passes on what the parent knows.
///
/// The node is not linked, so it has no waiters and no linked children: there is nobody to tell.
fn attach(node: &NodeRef, parent: &NodeRef, slot: &AtomicU32, clock: Clock) {
    let mut lists = lock(&parent.lists);
    if node.word.load(Ordering::Relaxed) & LINKED != 0 {
        return;
    }
    // ORDERING: see invariant 3.
    let done = parent.word.fetch_or(LISTS, Ordering::AcqRel) & DONE != 0;
    let known = if done {
        // Nothing more will come from there: no entry is needed.
        drop(lists);
        let outcome = parent.decided(clock);
        node.receive(
            Push {
                outcome,
                lowering: false,
            },
            clock(),
        );
        None
    } else {
        slot.store(lists.insert_child(node.listed()), Ordering::Relaxed);
        if let Some(outcome) = lists.lowered().cloned() {
            let now = outcome.at();
            node.receive(
                Push {
                    outcome,
                    lowering: true,
                },
                now,
            );
        }
        Some(lists)
    };
    if node.kind != Kind::Merge {
        // ORDERING: Release: who sees `LINKED` sees what was passed on. Under the lock, if there
        // was an entry to make, so that nothing is pushed in between.
        node.word.fetch_or(LINKED, Ordering::AcqRel);
    }
    drop(known);
}

impl Target for Node {
    fn unlink(&self) {
        let leave = |list: Option<&NodeRef>, slot: &AtomicU32| {
            let slot = slot.load(Ordering::Relaxed);
            if let (Some(node), true) = (list, slot != NOWHERE) {
                lock(&node.lists).remove_child(slot);
            }
        };
        leave(self.parent(), &self.slot);
        if let Some(Extra::Merge { other, slot }) = self.extra.as_deref() {
            leave(Some(other), slot);
        }
    }

    fn take_parents(&mut self) -> (Option<NodeRef>, Option<NodeRef>) {
        let other = match self.extra.take().map(|extra| *extra) {
            Some(Extra::Merge { other, .. }) => Some(other),
            _ => None,
        };
        (self.parent.take(), other)
    }
}

/// A waker is foreign code; one that panics must not keep the others from being woken.
fn wake(waker: Waker) {
    // The panic hook has told of it already.
    let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
}

/// About 584 years at most: longer than a [`Moment`] reaches.
fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
