//! Looking: is a node done, and with which outcome.

use super::{DONE, INHERITED, Kind, LINKED, LOWERED, MAX_HOPS, Node, Push, TIMED};
use crate::clock;
use crate::error::{Cause, Error};
use crate::moment::Moment;
use crate::outcome::Found;
use crate::sync::Ordering;

/// [`Node::is_untouched`], by its word.
#[inline]
pub(super) fn untouched(word: usize) -> bool {
    word & (DONE | LINKED | LOWERED | TIMED) == LINKED
}

impl Node {
    /// The nearest node, from here upwards, whose word tells all: one that is done or linked.
    #[inline]
    pub(super) fn boundary(&self) -> (&Node, usize) {
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

    /// Whether nothing has happened to a node that is linked and has no deadline: what nearly every look finds.
    #[inline]
    pub(crate) fn is_untouched(&self) -> bool {
        // ORDERING: as in `boundary`.
        untouched(self.word.load(Ordering::Acquire))
    }

    /// The same, deadline or not.
    #[inline]
    pub(crate) fn is_untouched_but_by_time(&self) -> bool {
        // ORDERING: as in `boundary`.
        untouched(self.word.load(Ordering::Acquire) & !TIMED)
    }

    /// Whether the context is done. Takes no lock where nothing has happened, and reads no clock where
    /// there is no deadline, too.
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        // ORDERING: as in `boundary`.
        let word = self.word.load(Ordering::Acquire);
        !untouched(word) && (word & DONE != 0 || self.is_done_further(word))
    }

    #[inline(never)]
    fn is_done_further(&self, word: usize) -> bool {
        self.past(word).is_some_and(|now| self.is_done_at(now))
    }

    /// The time, if by then the moment has passed, or something has happened above, or here before the `word`, which was not
    /// done, was seen.
    #[inline]
    fn past(&self, word: usize) -> Option<Moment> {
        if word & (LOWERED | TIMED) != TIMED {
            return self.past_otherwise();
        }
        // The clock first: the processor reads it when all before is done.
        let now = clock::now();
        if self.moment.is_past(now) {
            return Some(now);
        }
        // What nearly every look finds.
        let parent = self.parent.as_deref();
        if parent.is_none_or(Node::is_untouched_but_by_time) {
            return None;
        }
        self.is_decided().then_some(now)
    }

    #[inline(never)]
    fn past_otherwise(&self) -> Option<Moment> {
        if self.moment.is_never() {
            return self.is_decided().then(clock::now);
        }
        let now = clock::now();
        (self.moment.is_past(now) || self.is_decided()).then_some(now)
    }

    /// Whether something has happened here or above, beside a deadline that passes.
    #[cold]
    fn is_decided(&self) -> bool {
        self.boundary().1 & (DONE | LOWERED) != 0
    }

    /// [`is_done`](Self::is_done) for a race, whose context is linked but at its first poll. `timely` says that
    /// no deadline had passed a moment ago.
    #[inline]
    pub(crate) fn is_over(&self, timely: bool) -> bool {
        #[inline(never)]
        fn otherwise(this: &Node, timely: bool) -> bool {
            (!timely || this.is_decided()) && this.is_done()
        }
        // ORDERING: as in `boundary`.
        let word = self.word.load(Ordering::Acquire);
        !untouched(word) && otherwise(self, timely)
    }

    /// The outcome, if the context is done.
    #[inline]
    pub(crate) fn look(&self) -> Option<Error> {
        // ORDERING: as in `boundary`.
        let word = self.word.load(Ordering::Acquire);
        if untouched(word) {
            return None;
        }
        if word & DONE != 0 {
            return Some(self.outcome(word));
        }
        self.look_further(word)
    }

    // Apart from each other, so that none needs more registers than its own way takes.

    #[inline(never)]
    fn outcome(&self, word: usize) -> Error {
        let own = (word & INHERITED == 0).then(|| self.outcome.error());
        own.flatten().unwrap_or_else(|| self.decided(clock::now))
    }

    #[inline(never)]
    fn look_further(&self, word: usize) -> Option<Error> {
        self.past(word).and_then(|now| self.look_at(now))
    }

    #[cold]
    fn look_at(&self, now: Moment) -> Option<Error> {
        self.is_done_at(now).then(|| self.decided(|| now))
    }

    /// The outcome of a node that is done. It is made here if the last canceller was dropped and
    /// nobody has looked since.
    #[inline(never)]
    pub(super) fn decided(&self, now: impl FnOnce() -> Moment) -> Error {
        self.latched()
            .unwrap_or_else(|| self.latch(Error::cancelled(Cause::Dropped, self.origin, now())))
    }

    /// The outcome, if it is decided.
    #[inline]
    fn latched(&self) -> Option<Error> {
        let bearer = self.bearer();
        bearer.outcome.get(|plain| bearer.error(plain))
    }

    /// The node in whose cell the outcome is.
    #[inline]
    fn bearer(&self) -> &Node {
        let mut node = self;
        // ORDERING: as in `boundary`.
        while node.word.load(Ordering::Acquire) & INHERITED != 0
            && let Some(parent) = &node.parent
        {
            node = parent;
        }
        node
    }

    /// The moment of the outcome of a node that is done.
    fn decided_at(&self, now: Moment) -> Moment {
        let bearer = self.bearer();
        let at = bearer.outcome.look(|found| match found {
            Found::Nothing => None,
            Found::Plain(_) => Some(bearer.cancelled_at()),
            Found::Error(error) => Some(error.at()),
        });
        at.unwrap_or_else(|| self.decided(|| now).at())
    }

    /// What the children of a node that is done are to be told.
    pub(super) fn push(&self, now: Moment) -> Push {
        // ORDERING: as in `boundary`.
        let own = self.word.load(Ordering::Acquire) & INHERITED == 0;
        Push::done(self.decided_at(now), if own { 0 } else { MAX_HOPS })
    }

    pub(super) fn is_done_at(&self, now: Moment) -> bool {
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

    pub(super) fn lowered_moment(&self, word: usize) -> Moment {
        if word & LOWERED == 0 {
            return Moment::NEVER;
        }
        self.lists().lowered().map_or(Moment::NEVER, Error::at)
    }

    /// The moment at which this node is done, as far as anyone can tell `now`.
    pub(super) fn known_moment(&self, now: Moment) -> Moment {
        self.moment.min(self.decided_moment(now))
    }

    /// The moment of what has been decided here or above, beside deadlines.
    pub(super) fn decided_moment(&self, now: Moment) -> Moment {
        let (node, word) = self.boundary();
        if word & DONE != 0 {
            node.decided_at(now)
        } else {
            node.lowered_moment(word)
        }
    }

    /// The deadline: fixed at birth, unless a grace above has begun.
    #[inline]
    pub(crate) fn deadline(&self) -> Moment {
        // ORDERING: as in `boundary`.
        if self.word.load(Ordering::Acquire) & (LINKED | LOWERED) == LINKED {
            return self.moment;
        }
        self.deadline_further()
    }

    #[inline(never)]
    fn deadline_further(&self) -> Moment {
        let mut node = self;
        loop {
            // ORDERING: as in `boundary`.
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
    pub(super) fn settle(&self, now: Moment, mut past_deadlines: bool) -> bool {
        let mut path = Vec::new();
        let mut node = self;
        let mut outcome = loop {
            // ORDERING: as in `boundary`.
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

    /// Has this node be done, with `outcome` unless there is another; the one that it has in the end.
    pub(super) fn latch(&self, outcome: Error) -> Error {
        let lists = self.word.lock(DONE);
        // A canceller that was dropped unseen has set `DONE` alone.
        let empty = || self.outcome.look(|found| matches!(found, Found::Nothing));
        if lists.seen() & DONE == 0 || lists.seen() & INHERITED == 0 && empty() {
            self.outcome.put(outcome.clone());
            drop(lists);
            return outcome;
        }
        drop(lists);
        self.latched().unwrap_or(outcome)
    }
}
