//! Cancelling, and what a node makes of its parent's end.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::panic::Location;

use super::look::untouched;
use super::sweep::Sweep;
use super::{
    CANCELLER, DERIVED, DETACHED, DONE, INHERITED, Kind, LISTS, LOWERED, MAX_HOPS, Node, Push,
    SWEPT,
};
use crate::clock;
use crate::error::{Cause, Error};
use crate::lists::Lists;
use crate::moment::Moment;
use crate::outcome::Plain;
use crate::sync::Ordering;
use crate::word::Locked;

/// Whether a cancellation has nothing left to do: all below were visited, or nothing was derived before it was done. Whoever
/// waits for it is woken by what made it so.
fn is_through(word: usize) -> bool {
    word & SWEPT != 0 || word & (DONE | DERIVED) == DONE
}

impl Node {
    pub(crate) fn cancel(&self, cause: Cause, origin: &'static Location<'static>) {
        // ORDERING: Acquire: who returns because of `SWEPT` sees all below done, as whoever set it did.
        let word = self.word.load(Ordering::Acquire);
        if is_through(word) {
            return;
        }
        // The clock first, then a look, then the latch: a deadline that was past at that reading wins.
        let now = clock::now();
        if !untouched(word) {
            self.is_done_at(now);
        }
        let outcome = Cancelled::new(cause, origin, now);
        let lists = self.word.lock(DONE);
        let seen = lists.seen();
        if seen & DONE == 0 {
            match outcome {
                Cancelled::Plain(plain, nanos) => {
                    // Only a node that has no span of its own can be cancelled.
                    self.nanos.set(nanos);
                    self.outcome.put_plain(plain);
                }
                Cancelled::Error(error) => self.outcome.put(error),
            }
            if seen & LISTS == 0 || lists.is_empty() {
                lists.unlock(SWEPT);
            } else {
                Sweep::new(now).run(self, lists, &Push::done(now, 0));
            }
            return;
        }
        // It was done before, which may have told nobody.
        drop(lists);
        drop(outcome);
        let push = self.push(now);
        Sweep::new(now).run(self, self.lists(), &push);
    }

    pub(crate) fn add_canceller(&self) {
        // ORDERING: Relaxed: a new canceller is made from one that is at hand.
        self.word.fetch_add(CANCELLER, Ordering::Relaxed);
    }

    /// Gives up a canceller, after which no other cancels by being dropped.
    pub(crate) fn detach(&self) {
        // ORDERING: Relaxed, both: the count of the others is in the same word. The only one stays counted: nobody is left to
        // count it down.
        if self.word.load(Ordering::Relaxed) / CANCELLER > 1 {
            self.word.fetch_or(DETACHED, Ordering::Relaxed);
        }
    }

    /// Cancels if this was the last canceller.
    pub(crate) fn drop_canceller(&self) {
        if self.drop_unseen() {
            return;
        }
        // After either, dropping does nothing, so there is nothing to count. ORDERING: as in `cancel`; and who sees the
        // count of others go down sees what they did.
        let word = self.word.load(Ordering::Acquire);
        if word & DETACHED != 0 || is_through(word) {
            return;
        }
        // The only one stays counted: nobody is left to make another, unless it is done, when it does not matter.
        if word / CANCELLER > 1 {
            // ORDERING: AcqRel: a `detach` through another clone is seen by the last one.
            let seen = self.word.fetch_sub(CANCELLER, Ordering::AcqRel);
            if seen / CANCELLER != 1 || seen & DETACHED != 0 {
                return;
            }
        }
        self.cancel(Cause::Dropped, self.origin);
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

    /// Has this node inherit the outcome of the parent that tells it so, if it may and was not done before.
    #[inline]
    pub(super) fn inherit(&self, push: &Push) -> Inherited<'_> {
        let own = self.owns_moment() && self.moment <= push.at;
        if push.lowering
            || own
            || matches!(self.kind, Kind::Grace | Kind::Merge)
            || push.hops >= MAX_HOPS
        {
            return Inherited::No;
        }
        // ORDERING: as in `boundary`.
        let mut word = self.word.load(Ordering::Acquire);
        while word & (DONE | LISTS) == 0 {
            // ORDERING: Release: who sees it sees the outcome of the parent, too; AcqRel on the word that newcomers
            // take the lock of: see invariant 3.
            match self.word.compare_exchange_weak(
                word,
                word | DONE | INHERITED | SWEPT,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return Inherited::Alone,
                Err(seen) => word = seen,
            }
        }
        if word & DONE != 0 {
            return Inherited::No;
        }
        if let Some(lists) = self.word.lock_from(word, DONE | INHERITED) {
            return Inherited::Tells(lists);
        }
        let lists = self.lists();
        if lists.seen() & DONE != 0 {
            return Inherited::No;
        }
        // ORDERING: as above.
        self.word.fetch_or(DONE | INHERITED, Ordering::AcqRel);
        Inherited::Tells(lists)
    }

    /// Takes what `parent` is done with, or will be; what those below are to be told, if there may be any.
    pub(super) fn receive(&self, parent: &Node, push: &Push, now: Moment) -> Option<Push> {
        match self.inherit(push) {
            Inherited::Alone => None,
            Inherited::Tells(_) => Some(push.further()),
            Inherited::No => self.receive_own(parent, push, now),
        }
    }

    /// [`receive`](Self::receive) for one that does not inherit: it was done before, if only by the drop of a canceller;
    /// or has, or has to have, an outcome of its own; or learns a moment at which it will be done.
    #[inline(never)]
    pub(super) fn receive_own(&self, parent: &Node, push: &Push, now: Moment) -> Option<Push> {
        let outcome = || {
            let outcome = push.outcome.clone();
            outcome.unwrap_or_else(|| parent.decided(|| now))
        };
        if push.lowering || self.kind == Kind::Grace {
            let mut outcome = outcome();
            if self.kind == Kind::Grace {
                outcome = outcome.moved_to(outcome.at().after(self.span()));
            }
            return self.lower(&outcome).then(|| Push::lowering(outcome));
        }
        // ORDERING: as in `boundary`.
        let mut done = self.word.load(Ordering::Acquire) & DONE != 0;
        if !done && self.kind == Kind::Merge {
            // It may have to go by its other parent.
            done = self.settle(push.at, true);
        }
        if !done {
            let own = self.owns_moment() && self.moment <= push.at;
            self.latch(if own { self.own_deadline() } else { outcome() });
        }
        // ORDERING: as in `boundary`. It is done by now, so nobody joins the lists any more.
        let seen = self.word.load(Ordering::Acquire);
        (seen & (LISTS | SWEPT) == LISTS).then(|| self.push(now))
    }

    /// Notes an outcome that holds at its moment; whether those below are to know.
    pub(super) fn lower(&self, outcome: &Error) -> bool {
        if self.moment <= outcome.at() {
            return false;
        }
        let mut lists = self.lists();
        // Where `DONE` comes later, that decides all the same.
        if lists.seen() & DONE != 0 {
            return false;
        }
        match lists.lowered().map(|known| known.at().cmp(&outcome.at())) {
            Some(Less) => return false,
            // Another cancellation brought it, and may not have passed it on yet.
            Some(Equal) => return true,
            Some(Greater) | None => {}
        }
        let old = lists.set_lowered(outcome.clone());
        lists.unlock(LOWERED | LISTS);
        drop(old);
        true
    }
}

/// What a cancellation puts into the cell.
enum Cancelled {
    /// With what is noted beside it.
    Plain(Plain, u64),
    Error(Error),
}

impl Cancelled {
    #[inline]
    fn new(cause: Cause, origin: &'static Location<'static>, now: Moment) -> Cancelled {
        let plain = match cause {
            Cause::None => Some(Plain::Cancelled(origin)),
            Cause::Dropped => Some(Plain::Dropped),
            Cause::Given(_) => None,
        };
        match (plain, now.to_nanos()) {
            (Some(plain), Some(nanos)) => Cancelled::Plain(plain, nanos),
            _ => Cancelled::Error(Error::cancelled(cause, origin, now)),
        }
    }
}

/// What comes of [`Node::inherit`].
pub(super) enum Inherited<'a> {
    No,
    /// It is done, and has nobody to tell.
    Alone,
    /// It is done, and these are to be told.
    Tells(Locked<'a, Lists<Node>>),
}

impl Push {
    /// What the children of a node that inherits are told.
    pub(super) fn further(&self) -> Push {
        Push::done(self.at, self.hops + 1)
    }

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
