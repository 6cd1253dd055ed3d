//! Cancelling, and what a node makes of its parent's end.

use std::borrow::Cow;
use std::cmp::Ordering::{Equal, Greater, Less};
use std::panic::Location;

use super::sweep::Sweep;
use super::{CANCELLER, Clock, DERIVED, DETACHED, DONE, Kind, LISTS, LOWERED, Node, Push, SWEPT};
use crate::error::{Cause, Error};
use crate::moment::Moment;
use crate::sync::{Ordering, lock_seen as lock};

impl Node {
    pub(crate) fn cancel(&self, cause: Cause, origin: &'static Location<'static>, clock: Clock) {
        // ORDERING: Acquire: who returns because of `SWEPT` sees all below done, as whoever set it did.
        let word = self.word.load(Ordering::Acquire);
        if word & SWEPT != 0 || word & (DONE | LISTS) == DONE {
            // Nothing is linked below a node that was done before its lists were used.
            return;
        }
        // The clock first, then a look, then the latch: a deadline that was past at that reading wins.
        let now = clock();
        if !self.is_done_at(now) {
            // Another may have come first.
            self.outcome.put(Error::cancelled(cause, origin, now));
        }
        self.sweep(now);
    }

    pub(crate) fn add_canceller(&self) {
        // ORDERING: Relaxed: a new canceller is made from one that is at hand.
        self.word.fetch_add(CANCELLER, Ordering::Relaxed);
    }

    pub(crate) fn detach(&self) {
        // ORDERING: Relaxed: the count that this canceller takes itself off next is in the same word.
        self.word.fetch_or(DETACHED, Ordering::Relaxed);
    }

    /// Cancels if this was the last canceller.
    pub(crate) fn drop_canceller(&self, clock: Clock) {
        if self.drop_unseen() {
            return;
        }
        // After either, dropping does nothing, so there is nothing to count. ORDERING: as in `cancel`.
        if self.word.load(Ordering::Acquire) & (DETACHED | SWEPT) != 0 {
            return;
        }
        // ORDERING: AcqRel: a `detach` through another clone is seen by the last one.
        let seen = self.word.fetch_sub(CANCELLER, Ordering::AcqRel);
        if seen / CANCELLER == 1 && seen & (DETACHED | SWEPT) == 0 {
            self.cancel(Cause::Dropped, self.origin, clock);
        }
    }

    /// Gives up the only canceller of a node that nothing was derived from, nobody waits for, and no
    /// deadline concerns. There is nobody to tell and no time to compare with: no clock is read,
    /// and no outcome made unless somebody asks.
    fn drop_unseen(&self) -> bool {
        const SEEN: usize = DONE | DERIVED | LISTS | LOWERED | DETACHED;
        // ORDERING: Relaxed: the exchange below fails if this is not how it is.
        let word = self.word.load(Ordering::Relaxed);
        if word & SEEN != 0 || word / CANCELLER != 1 || !self.moment.is_never() {
            return false;
        }
        if self.boundary().1 & (DONE | LOWERED) != 0 {
            return false;
        }
        let done = (word - CANCELLER) | DONE;
        // ORDERING: as in `drop_canceller`; it fails if anything has changed.
        let swap = self
            .word
            .compare_exchange(word, done, Ordering::AcqRel, Ordering::Relaxed);
        swap.is_ok()
    }

    /// Pushes this node's outcome to everything linked below it.
    fn sweep(&self, now: Moment) {
        // ORDERING: Relaxed: only for the exchange, which fails if this is not how it is.
        let word = self.word.load(Ordering::Relaxed);
        if word & LISTS == 0 {
            // Nobody to tell. ORDERING: as below; it fails if somebody has come.
            let swept = word | DONE | SWEPT;
            let swap = self
                .word
                .compare_exchange(word, swept, Ordering::AcqRel, Ordering::Relaxed);
            if swap.is_ok() {
                return;
            }
        }
        // ORDERING: AcqRel on the word that newcomers announce themselves on: see invariant 3.
        if self.word.fetch_or(DONE, Ordering::AcqRel) & LISTS != 0 {
            let parent = self.parent.as_ref().map(|parent| &parent.outcome);
            self.outcome.with(parent, |outcome| {
                let push = Push {
                    outcome: match outcome {
                        Some(outcome) => Cow::Borrowed(outcome),
                        None => Cow::Owned(self.decided(|| now)),
                    },
                    here: self.outcome.is_own(),
                    lowering: false,
                };
                Sweep::new(now).run(self, push);
            });
        }
        // ORDERING: Release: who sees it sees all below done.
        self.word.fetch_or(SWEPT, Ordering::Release);
    }

    /// Takes what a parent is done with; what those below are to be told, if there may be any.
    pub(super) fn receive<'p>(&self, push: &'p Push<'_>, now: Moment) -> Option<Push<'p>> {
        let mut push = Push {
            outcome: Cow::Borrowed(&*push.outcome),
            ..*push
        };
        if self.kind == Kind::Grace {
            let at = push.outcome.at().after(self.span());
            push.outcome = Cow::Owned(push.outcome.moved_to(at));
            push.lowering = true;
        }
        let at = push.outcome.at();
        if push.lowering {
            return self.lower(&push.outcome).then_some(push);
        }
        // ORDERING: as in `boundary`.
        let done = self.word.load(Ordering::Acquire) & DONE != 0;
        let mut own = None;
        if done || self.kind == Kind::Merge && self.settle(at, true) {
            // It was done before, if only by the drop of a canceller; or the other parent was.
            own = Some(self.decided(|| now));
        } else if self.owns_moment() && self.moment <= at {
            own = Some(self.latch_in_cell(self.own_deadline()));
        } else if push.here && self.kind != Kind::Merge {
            if !self.outcome.inherit() {
                own = self.latched();
            }
        } else {
            own = self.put_clone(&push.outcome);
        }
        // ORDERING: Release publishes the outcome; otherwise as in `sweep`.
        let seen = self.word.fetch_or(DONE, Ordering::AcqRel);
        if seen & (LISTS | SWEPT) != LISTS {
            return None;
        }
        if let Some(own) = own {
            push.outcome = Cow::Owned(own);
        }
        push.here = self.outcome.is_own();
        Some(push)
    }

    /// Puts a clone of `outcome` into the cell if that is empty; else what is in it.
    fn put_clone(&self, outcome: &Error) -> Option<Error> {
        let other = self.latched();
        if other.is_none() && !self.outcome.put(outcome.clone()) {
            return self.latched();
        }
        other
    }

    /// Notes an outcome that holds at its moment; whether those below are to know.
    pub(super) fn lower(&self, outcome: &Error) -> bool {
        // ORDERING: as in `boundary`. Where `DONE` comes later, that decides all the same.
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
        // ORDERING: Release: who sees `LOWERED` finds it in the lists. `LISTS` as in `announce`.
        self.word.fetch_or(LOWERED | LISTS, Ordering::AcqRel);
        drop(lists);
        drop(old);
        true
    }
}
