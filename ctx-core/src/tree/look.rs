//! Looking: is a node done, and with which outcome.

use super::{Clock, DONE, Kind, LINKED, LOWERED, Node};
use crate::error::{Cause, Error};
use crate::moment::Moment;
use crate::sync::{Ordering, lock_seen as lock};

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

    /// Whether the context is done. Takes no lock where nothing has happened, and reads no clock where
    /// there is no deadline, too.
    #[inline]
    pub(crate) fn is_done(&self, clock: Clock) -> bool {
        !self.is_quiet(clock) && self.is_done_otherwise(clock)
    }

    /// [`is_done`](Self::is_done) for a race, whose context is linked but at its first poll. `timely` says that
    /// no deadline had passed a moment ago.
    #[inline]
    pub(crate) fn is_over(&self, timely: bool, clock: Clock) -> bool {
        #[inline(never)]
        fn otherwise(this: &Node, timely: bool, clock: Clock) -> bool {
            let decided = this.boundary().1 & (DONE | LOWERED) != 0;
            (decided || !timely) && this.is_done(clock)
        }
        // ORDERING: as in `boundary`.
        let word = self.word.load(Ordering::Acquire);
        let quiet = word & (DONE | LINKED | LOWERED) == LINKED && self.moment.is_never();
        !quiet && otherwise(self, timely, clock)
    }

    /// Whether nothing has happened: what nearly every look finds.
    #[inline]
    fn is_quiet(&self, clock: Clock) -> bool {
        // ORDERING: as in `boundary`.
        let mut word = self.word.load(Ordering::Acquire);
        if word & (DONE | LINKED | LOWERED) != LINKED {
            word = self.boundary().1;
        }
        word & (DONE | LOWERED) == 0 && (self.moment.is_never() || self.is_before_its_moment(clock))
    }

    /// Apart, so that a look without a deadline needs no room for the clock's.
    #[inline(never)]
    fn is_before_its_moment(&self, clock: Clock) -> bool {
        clock() < self.moment
    }

    #[inline(never)]
    fn is_done_otherwise(&self, clock: Clock) -> bool {
        let (node, word) = self.boundary();
        if word & (DONE | LOWERED) != 0 {
            return (word & DONE != 0 && std::ptr::eq(node, self)) || self.is_done_at(clock());
        }
        let now = clock();
        self.moment <= now && self.is_done_at(now)
    }

    /// The outcome, if the context is done.
    #[inline]
    pub(crate) fn look(&self, clock: Clock) -> Option<Error> {
        if self.is_quiet(clock) {
            return None;
        }
        self.look_otherwise(clock)
    }

    #[inline(never)]
    fn look_otherwise(&self, clock: Clock) -> Option<Error> {
        // ORDERING: as in `boundary`.
        if self.word.load(Ordering::Acquire) & DONE != 0 {
            return Some(self.decided(clock));
        }
        self.is_done_otherwise(clock).then(|| self.decided(clock))
    }

    /// The outcome of a node that is done. It is made here if the last canceller was dropped and
    /// nobody has looked since.
    pub(super) fn decided(&self, now: impl FnOnce() -> Moment) -> Error {
        self.latched().unwrap_or_else(|| {
            let dropped = Error::cancelled(Cause::Dropped, self.origin, now());
            self.latch_in_cell(dropped)
        })
    }

    /// What is in the cell.
    #[inline]
    pub(super) fn latched(&self) -> Option<Error> {
        let parent = self.parent.as_ref().map(|parent| &parent.outcome);
        self.outcome.get(parent)
    }

    /// Puts `outcome` into the cell if that is empty; what is in it in the end.
    pub(super) fn latch_in_cell(&self, outcome: Error) -> Error {
        if self.outcome.put(outcome.clone()) {
            return outcome;
        }
        self.latched().unwrap_or(outcome)
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
        lock(&self.lists).lowered().map_or(Moment::NEVER, Error::at)
    }

    /// The moment at which this node is done, as far as anyone can tell `now`.
    pub(super) fn known_moment(&self, now: Moment) -> Moment {
        self.moment.min(self.decided_moment(now))
    }

    /// The moment of what has been decided here or above, beside deadlines.
    pub(super) fn decided_moment(&self, now: Moment) -> Moment {
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

    /// The outcome that this node has in the end.
    pub(super) fn latch(&self, outcome: Error) -> Error {
        let outcome = self.latch_in_cell(outcome);
        // ORDERING: Relaxed: whether the word is to be written at all. The outcome is at hand.
        if self.word.load(Ordering::Relaxed) & DONE == 0 {
            // ORDERING: Release publishes the outcome to whoever sees `DONE`.
            self.word.fetch_or(DONE, Ordering::AcqRel);
        }
        outcome
    }
}
