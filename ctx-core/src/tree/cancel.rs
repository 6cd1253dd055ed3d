//! Cancelling, and what a node makes of its parent's end.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::panic::Location;

use super::look::untouched;
use super::sweep::Sweep;
use super::{
    CANCELLER, Clock, DERIVED, DETACHED, DONE, INHERITED, Kind, LISTS, LOWERED, MAX_HOPS, Node,
    Push, SWEPT,
};
use crate::error::{Cause, Error};
use crate::moment::Moment;
use crate::outcome::Plain;
use crate::sync::{Ordering, lock_seen as lock};

/// Whether a cancellation has nothing left to do: all below were visited, or nothing was derived before it was done. Whoever
/// waits for it is woken by what made it so.
fn is_through(word: usize) -> bool {
    word & SWEPT != 0 || word & (DONE | DERIVED) == DONE
}

impl Node {
    pub(crate) fn cancel(&self, cause: Cause, origin: &'static Location<'static>, clock: Clock) {
        // ORDERING: Acquire: who returns because of `SWEPT` sees all below done, as whoever set it did.
        let word = self.word.load(Ordering::Acquire);
        if is_through(word) {
            return;
        }
        // The clock first, then a look, then the latch: a deadline that was past at that reading wins.
        let now = clock();
        let live = untouched(word) || !self.is_done_at(now);
        let decides = live && self.put_cancelled(cause, origin, now);
        self.sweep(now, decides);
    }

    /// Puts the outcome into the cell, unless another has come first; whether it is in it.
    fn put_cancelled(&self, cause: Cause, origin: &'static Location<'static>, now: Moment) -> bool {
        let plain = match cause {
            Cause::None => Some(Plain::Cancelled(origin)),
            Cause::Dropped => Some(Plain::Dropped),
            Cause::Given(_) => None,
        };
        // Only a node that has no span of its own can be cancelled; with a done one it does not come to this.
        if let (Some(plain), Some(nanos), Some(claim)) =
            (plain, now.to_nanos(), self.outcome.claim())
        {
            claim.put(plain, || self.nanos.set(nanos))
        } else {
            self.outcome.put(Error::cancelled(cause, origin, now))
        }
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
        let word = self.word.load(Ordering::Acquire);
        if word & DETACHED != 0 || is_through(word) {
            return;
        }
        // ORDERING: AcqRel: a `detach` through another clone is seen by the last one.
        let seen = self.word.fetch_sub(CANCELLER, Ordering::AcqRel);
        if seen / CANCELLER == 1 && seen & DETACHED == 0 {
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

    /// Pushes this node's outcome to everything linked below it: one of this moment, which is in its cell, if it `decides`.
    fn sweep(&self, now: Moment, decides: bool) {
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
        let seen = self.word.fetch_or(DONE, Ordering::AcqRel);
        if seen & LISTS != 0 {
            let push = if decides && seen & INHERITED == 0 {
                Push::done(now, 0)
            } else {
                self.push(now)
            };
            Sweep::new(now).run(self, &push);
        }
        // ORDERING: Release: who sees it sees all below done.
        self.word.fetch_or(SWEPT, Ordering::Release);
    }

    /// Takes what `parent` is done with, or will be; what those below are to be told, if there may be any.
    pub(super) fn receive(&self, parent: &Node, push: &Push, now: Moment) -> Option<Push> {
        if push.lowering || self.kind == Kind::Grace {
            let outcome = push.outcome.clone();
            let mut outcome = outcome.unwrap_or_else(|| parent.decided(|| now));
            if self.kind == Kind::Grace {
                outcome = outcome.moved_to(outcome.at().after(self.span()));
            }
            return self.lower(&outcome).then(|| Push::lowering(outcome));
        }
        // ORDERING: as in `boundary`.
        let mut word = self.word.load(Ordering::Acquire);
        let own = self.owns_moment() && self.moment <= push.at;
        if self.kind != Kind::Merge && !own && push.hops < MAX_HOPS {
            while word & DONE == 0 {
                let inherited = word | DONE | INHERITED;
                // ORDERING: Release: who sees it sees the outcome of the parent, too; otherwise as in `sweep`.
                match self.word.compare_exchange_weak(
                    word,
                    inherited,
                    Ordering::AcqRel,
                    Ordering::Acquire,
                ) {
                    Ok(_) => {
                        return (word & LISTS != 0).then(|| Push::done(push.at, push.hops + 1));
                    }
                    Err(seen) => word = seen,
                }
            }
        }
        // It was done before, if only by the drop of a canceller; or the other parent of a merge was; or it has, or
        // has to have, an outcome of its own.
        if word & DONE == 0 && !(self.kind == Kind::Merge && self.settle(push.at, true)) {
            self.latch(if own {
                self.own_deadline()
            } else {
                let outcome = push.outcome.clone();
                outcome.unwrap_or_else(|| parent.decided(|| now))
            });
        }
        // ORDERING: as in `sweep`; it is done by now.
        let seen = self.word.fetch_or(DONE, Ordering::AcqRel);
        (seen & (LISTS | SWEPT) == LISTS).then(|| self.push(now))
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

impl Push {
    /// Of the outcome that the parent has, found in so many steps from there.
    pub(super) fn done(at: Moment, hops: u8) -> Push {
        Push {
            at,
            lowering: false,
            outcome: None,
            hops,
        }
    }

    /// Of an outcome that holds at its moment.
    pub(super) fn lowering(outcome: Error) -> Push {
        Push {
            at: outcome.at(),
            lowering: true,
            outcome: Some(outcome),
            hops: 0,
        }
    }
}
