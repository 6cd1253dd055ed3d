//! A slot for one waker, beside a word. Its owner takes that out again without the lock, in one step.
//!
//! Two flags tell how it is:
//!
//! | `OWNED` | `FULL` | the slot |
//! |---|---|---|
//! | no | no | is free |
//! | yes | yes | is somebody's, and the waker is in it |
//! | yes | no | is still somebody's, though another has taken the waker, to wake it |
//!
//! Under the lock, anyone fills a slot that is free, and is its owner from then on; and anyone takes the waker. Only the owner
//! puts another in its place, and only the owner gives the slot back. So from one step of the owner to its next nobody
//! writes to the slot, and nobody sets `FULL`. The owner may therefore read without the lock; and if the word is `FULL` in the exchange by
//! which it gives the slot back, its waker was there all the time, and nobody else has it. That the word may have been
//! another between the look and the exchange does not matter.
//!
//! The exchange fails while the lock is held: who holds that knows how the slot is.

use std::mem::MaybeUninit;
use std::task::Waker;

use super::{FULL, LOCKED, Locked, OWNED, SLOT, Word};
#[cfg(ctx_loom)]
use crate::sync::lock_seen;
use crate::sync::{Ordering, UnsafeCell};

pub(super) struct Slot(UnsafeCell<MaybeUninit<Waker>>);

impl Slot {
    pub(super) fn new() -> Self {
        Slot(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// A copy of what is in it: a waker for who clears `FULL`, nothing for others.
    #[inline]
    fn read(&self) -> MaybeUninit<Waker> {
        // SAFETY: nobody writes meanwhile: the lock is held, or the slot is the caller's.
        self.0.with(|slot| unsafe { slot.read() })
    }

    /// Only under the lock, by who is the owner, or becomes it.
    #[inline]
    fn write(&self, waker: Waker) {
        // SAFETY: nobody else writes or reads meanwhile: the lock is held, and without it only the owner reads.
        self.0
            .with_mut(|slot| unsafe { slot.write(MaybeUninit::new(waker)) });
    }
}

impl<T> Word<T> {
    /// Takes the waker and gives the slot back, if the word is still as it was `seen`, and neither is it locked nor
    /// has another taken the waker.
    ///
    /// # Safety
    ///
    /// The slot is the caller's: it has filled it, and since then nobody else has done what only the owner does, this,
    /// [`refill`](Locked::refill) and [`vacate`](Locked::vacate), nor does so meanwhile.
    #[inline]
    pub(crate) unsafe fn withdraw(&self, seen: usize) -> Option<Waker> {
        if seen & (LOCKED | FULL) != FULL {
            return None;
        }
        #[cfg(ctx_loom)]
        let _gate = self.gate.as_ref().map(lock_seen);
        let waker = self.slot.read();
        let free = seen & !SLOT;
        // ORDERING: Release: who fills the slot next, after it has taken the lock, does so after that read. There is
        // nothing to acquire: the caller has put the waker there.
        self.bits
            .compare_exchange(seen, free, Ordering::Release, Ordering::Relaxed)
            .ok()?;
        // SAFETY: the slot was full, and this has cleared that.
        Some(unsafe { waker.assume_init() })
    }
}

/// Of an owner that never came back.
impl<T> Drop for Word<T> {
    #[inline]
    fn drop(&mut self) {
        // ORDERING: Relaxed: there is nobody else any more.
        if self.bits.load(Ordering::Relaxed) & FULL != 0 {
            // SAFETY: the slot is full, and not used again.
            drop(unsafe { self.slot.read().assume_init() });
        }
    }
}

impl<T> Locked<'_, T> {
    /// Whether the waker is in the slot.
    #[inline]
    pub(crate) fn has_waker(&self) -> bool {
        self.flags & FULL != 0
    }

    /// Puts a waker into the slot, which is the caller's then, if it is free.
    #[inline]
    pub(crate) fn fill(&mut self, waker: Waker) -> Result<(), Waker> {
        if self.flags & OWNED != 0 {
            return Err(waker);
        }
        self.word.slot.write(waker);
        self.flags |= OWNED | FULL;
        Ok(())
    }

    /// Takes the waker, if no other has. The slot stays its owner's.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<Waker> {
        if !self.has_waker() {
            return None;
        }
        self.flags &= !FULL;
        // SAFETY: the slot was full, and this has cleared that.
        Some(unsafe { self.word.slot.read().assume_init() })
    }

    /// Puts another waker in the place of the one that was there, unless it was taken. Only for the owner.
    pub(crate) fn refill(&mut self, waker: Waker) -> Option<Waker> {
        let old = self.take();
        self.word.slot.write(waker);
        self.flags |= FULL;
        old
    }

    /// Takes the waker, if no other has, and gives the slot back. Only for the owner.
    #[inline]
    pub(crate) fn vacate(&mut self) -> Option<Waker> {
        let waker = self.take();
        self.flags &= !OWNED;
        waker
    }
}

#[cfg(all(test, not(ctx_loom)))]
mod tests {
    use std::sync::Arc;
    use std::task::Wake;

    use super::*;

    struct Nothing;

    impl Wake for Nothing {
        fn wake(self: Arc<Self>) {}
    }

    /// A word whose slot has a waker, and how often that exists, with the one that is returned.
    fn full() -> (Word<()>, Waker, impl Fn() -> usize) {
        let nothing = Arc::new(Nothing);
        let waker = Waker::from(Arc::clone(&nothing));
        let word = Word::new(0, ());
        assert!(word.lock(0).fill(waker.clone()).is_ok(), "it is free");
        (word, waker, move || Arc::strong_count(&nothing) - 1)
    }

    /// As the owner.
    fn withdraw(word: &Word<()>, seen: usize) -> Option<Waker> {
        // SAFETY: each test is the owner, and alone.
        unsafe { word.withdraw(seen) }
    }

    fn now(word: &Word<()>) -> usize {
        word.load(Ordering::Relaxed)
    }

    #[test]
    fn a_waker_is_taken_out_without_the_lock_once_and_leaves_the_slot_free() {
        let (word, waker, count) = full();
        let back = withdraw(&word, now(&word)).expect("nobody has taken it");
        assert!(back.will_wake(&waker));
        assert_eq!((now(&word), count()), (0, 2));
        assert!(withdraw(&word, 0).is_none());
        assert!(word.lock(0).fill(back).is_ok());
    }

    #[test]
    fn it_stays_while_the_lock_is_held_or_where_the_word_has_changed() {
        let (word, _waker, count) = full();
        let seen = now(&word);
        let locked = word.lock(0);
        assert!(withdraw(&word, now(&word)).is_none());
        drop(locked);
        word.fetch_or(1 << crate::word::FLAGS, Ordering::Relaxed);
        assert!(withdraw(&word, seen).is_none());
        assert_eq!(count(), 2);
    }

    #[test]
    fn a_slot_whose_waker_was_taken_is_its_owner_s_until_that_gives_it_back() {
        let (word, waker, count) = full();
        let mut locked = word.lock(0);
        drop(locked.take().expect("it is full"));
        assert!(!locked.has_waker() && locked.take().is_none());
        assert!(locked.fill(waker.clone()).is_err());
        drop(locked);
        assert!(withdraw(&word, now(&word)).is_none());
        assert!(word.lock(0).refill(waker.clone()).is_none());
        assert!(word.lock(0).refill(waker.clone()).is_some());
        assert!(word.lock(0).vacate().is_some());
        assert_eq!((now(&word), count()), (0, 1));
    }

    #[test]
    fn a_waker_that_was_never_taken_out_is_dropped_with_the_word() {
        let (word, waker, count) = full();
        assert_eq!(count(), 2);
        drop(word);
        assert_eq!(count(), 1);
        drop(waker);
    }
}
