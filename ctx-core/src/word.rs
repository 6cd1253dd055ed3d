//! A word of flags, two bits of which are the lock of what stands beside them.
//!
//! So one atomic operation takes the lock, sets flags and tells what the word was, and one sets flags and gives
//! the lock back: who comes for the lock and who sets a flag under it cannot pass each other by. Threads
//! that have to wait are put to sleep by `parking_lot_core`, whose `RawMutex` is built alike.
//!
//! Beside it is a slot for one waker (`slot`), whose owner needs no lock to empty it.

mod slot;

use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

use slot::Slot;
use wait::{Beds, Spin};

use crate::sync::{AtomicUsize, MutPtr, Ordering, UnsafeCell};
#[cfg(ctx_loom)]
use crate::sync::{Mutex, MutexGuard, lock_seen};

const LOCKED: usize = 1;
/// A thread sleeps until the lock is given back.
const PARKED: usize = 1 << 1;
/// The slot is somebody's. Neither this nor `FULL` is changed by another while the lock is held.
const OWNED: usize = 1 << 2;
/// The waker is in the slot.
const FULL: usize = 1 << 3;
/// What there is to know of the slot.
const SLOT: usize = OWNED | FULL;
/// Flags begin at this bit.
pub(crate) const FLAGS: u32 = 4;

/// Flags, which anyone may change as those of an [`AtomicUsize`], and a `T` under their lock.
pub(crate) struct Word<T> {
    bits: AtomicUsize,
    /// For threads that wait for the lock.
    beds: Beds,
    slot: Slot,
    guarded: UnsafeCell<T>,
    #[cfg(ctx_loom)]
    gate: Option<Mutex<()>>,
}

/// The lock is held.
pub(crate) struct Locked<'a, T> {
    word: &'a Word<T>,
    /// Given up before the lock is: a model sees how long it lasts.
    guarded: ManuallyDrop<MutPtr<T>>,
    seen: usize,
    /// What the word is now, if nobody else has changed it.
    held: usize,
    /// To set when it is given back; those of the slot as they are now.
    flags: usize,
    #[cfg(ctx_loom)]
    gate: Option<MutexGuard<'a, ()>>,
}

// SAFETY: as for a mutex: the lock hands out one reference to the `T` at a time. Of the slot see there.
unsafe impl<T: Send> Sync for Word<T> {}

impl<T> Word<T> {
    pub(crate) fn new(flags: usize, guarded: T) -> Self {
        Word {
            bits: AtomicUsize::new(flags),
            beds: Beds::new(),
            slot: Slot::new(),
            guarded: UnsafeCell::new(guarded),
            #[cfg(ctx_loom)]
            gate: Some(Mutex::default()),
        }
    }

    /// Takes the lock, and in the same step sets `flags`.
    #[inline]
    pub(crate) fn lock(&self, flags: usize) -> Locked<'_, T> {
        // ORDERING: Relaxed: it is a guess.
        self.lock_guessing(self.bits.load(Ordering::Relaxed), flags)
    }

    /// The same, for one who has just looked at the word, or has reason to think that this is how it is.
    #[inline]
    pub(crate) fn lock_guessing(&self, mut seen: usize, flags: usize) -> Locked<'_, T> {
        #[cfg(ctx_loom)]
        if let Some(gate) = &self.gate {
            return self.lock_gated(lock_seen(gate), flags);
        }
        if !self.try_lock(seen, flags) {
            seen = self.lock_contended(flags);
        }
        self.locked(
            seen,
            flags,
            #[cfg(ctx_loom)]
            None,
        )
    }

    /// The same, if the word is still as it was `seen`, and not locked.
    #[inline]
    pub(crate) fn lock_from(&self, seen: usize, flags: usize) -> Option<Locked<'_, T>> {
        #[cfg(ctx_loom)]
        if let Some(gate) = &self.gate {
            let gate = lock_seen(gate);
            // ORDERING: as in `try_lock`.
            let swap =
                self.bits
                    .compare_exchange(seen, seen | flags, Ordering::AcqRel, Ordering::Relaxed);
            return swap.ok().map(|seen| self.locked(seen, flags, Some(gate)));
        }
        if !self.try_lock(seen, flags) {
            return None;
        }
        Some(self.locked(
            seen,
            flags,
            #[cfg(ctx_loom)]
            None,
        ))
    }

    #[inline]
    fn locked<'a>(
        &'a self,
        seen: usize,
        flags: usize,
        #[cfg(ctx_loom)] gate: Option<MutexGuard<'a, ()>>,
    ) -> Locked<'a, T> {
        Locked {
            word: self,
            guarded: ManuallyDrop::new(self.guarded.get_mut()),
            seen,
            held: seen | LOCKED | flags,
            flags: seen & SLOT,
            #[cfg(ctx_loom)]
            gate,
        }
    }

    #[inline]
    fn try_lock(&self, seen: usize, flags: usize) -> bool {
        if seen & LOCKED != 0 {
            return false;
        }
        let locked = seen | LOCKED | flags;
        // ORDERING: Acquire pairs with the Release of whoever gave the lock back; Release as for any flag: who sees
        // it sees what was written before.
        self.bits
            .compare_exchange(seen, locked, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    /// What the word was.
    #[cold]
    fn lock_contended(&self, flags: usize) -> usize {
        let mut spin = Spin::default();
        loop {
            // ORDERING: Relaxed, all: only for exchanges, and to know that somebody sleeps.
            let relaxed = Ordering::Relaxed;
            let seen = self.bits.load(relaxed);
            if seen & LOCKED == 0 {
                if self.try_lock(seen, flags) {
                    return seen;
                }
                continue;
            }
            if seen & PARKED == 0 {
                let parked = seen | PARKED;
                if spin.once_more()
                    || self
                        .bits
                        .compare_exchange(seen, parked, relaxed, relaxed)
                        .is_err()
                {
                    continue;
                }
            }
            let locked = || self.bits.load(relaxed) & (LOCKED | PARKED) == LOCKED | PARKED;
            self.beds.sleep(self.key(), locked);
            spin = Spin::default();
        }
    }

    /// What those who sleep are found by: an address that is no other word's.
    fn key(&self) -> usize {
        std::ptr::from_ref(&self.bits).addr()
    }

    /// Only by who holds the lock. The word is not looked at before, but guessed: it was exchanged a moment ago, and
    /// a look would wait for that.
    #[inline]
    fn unlock(&self, mut seen: usize, flags: usize) {
        while seen & PARKED == 0 {
            // ORDERING: Release: who takes the lock, or sees a flag, sees what was written before.
            match self.bits.compare_exchange_weak(
                seen,
                seen & !(LOCKED | SLOT) | flags,
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
        self.unlock_parked(flags);
    }

    #[cold]
    fn unlock_parked(&self, flags: usize) {
        self.beds.wake_one(self.key(), |others| {
            let gone = if others { LOCKED } else { LOCKED | PARKED };
            let unlocked = |seen| Some(seen & !(gone | SLOT) | flags);
            // ORDERING: Release: as in `unlock`. It cannot fail.
            let _ = self
                .bits
                .fetch_update(Ordering::Release, Ordering::Relaxed, unlocked);
        });
    }
}

/// In a model of what uses the lock, a mutex stands for its bit, or there would be too much to explore. The models of the lock itself
/// have none.
#[cfg(ctx_loom)]
impl<T> Word<T> {
    pub(crate) fn ungated(flags: usize, guarded: T) -> Self {
        let mut word = Word::new(flags, guarded);
        word.gate = None;
        word
    }

    fn lock_gated<'a>(&'a self, gate: MutexGuard<'a, ()>, flags: usize) -> Locked<'a, T> {
        // ORDERING: as in `try_lock`.
        let seen = match flags {
            0 => self.bits.load(Ordering::Acquire),
            flags => self.bits.fetch_or(flags, Ordering::AcqRel),
        };
        self.locked(seen, flags, Some(gate))
    }

    fn unlock_gated(&self, seen: usize, flags: usize) {
        if flags != seen & SLOT {
            let unlocked = |seen| Some(seen & !SLOT | flags);
            // ORDERING: as in `unlock`. It cannot fail.
            let _ = self
                .bits
                .fetch_update(Ordering::Release, Ordering::Relaxed, unlocked);
        }
    }
}

/// The flags, for all that needs no lock.
impl<T> Deref for Word<T> {
    type Target = AtomicUsize;

    #[inline]
    fn deref(&self) -> &AtomicUsize {
        &self.bits
    }
}

impl<T> Locked<'_, T> {
    /// The word as it was when the lock was taken.
    #[inline]
    pub(crate) fn seen(&self) -> usize {
        self.seen
    }

    /// Gives the lock back, and in the same step sets `flags`.
    #[inline]
    pub(crate) fn unlock(mut self, flags: usize) {
        self.flags |= flags;
    }
}

impl<T> Drop for Locked<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: it is not used again.
        unsafe { ManuallyDrop::drop(&mut self.guarded) };
        #[cfg(ctx_loom)]
        if self.gate.is_some() {
            return self.word.unlock_gated(self.seen, self.flags);
        }
        self.word.unlock(self.held, self.flags);
    }
}

impl<T> Deref for Locked<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the lock is held, so this reference to the `T` is the only one.
        unsafe { MutPtr::deref(&self.guarded) }
    }
}

impl<T> DerefMut for Locked<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`.
        unsafe { MutPtr::deref(&self.guarded) }
    }
}

#[cfg(not(ctx_loom))]
mod wait {
    use parking_lot_core::{
        DEFAULT_PARK_TOKEN, DEFAULT_UNPARK_TOKEN, SpinWait, UnparkResult, park, unpark_one,
    };

    /// Some turns around, before it comes to sleep.
    #[derive(Default)]
    pub(super) struct Spin(SpinWait);

    impl Spin {
        pub(super) fn once_more(&mut self) -> bool {
            self.0.spin()
        }
    }

    /// Where threads sleep: at an address, which takes no room here.
    pub(super) struct Beds(());

    impl Beds {
        pub(super) fn new() -> Self {
            Beds(())
        }

        /// Sleeps until it is woken, unless `locked` does not hold any more.
        #[expect(clippy::unused_self, reason = "as for a model")]
        pub(super) fn sleep(&self, key: usize, locked: impl Fn() -> bool) {
            // SAFETY: the key is an address in a word of ours, and the closures do not panic, nor park.
            unsafe {
                park(key, locked, || {}, |_, _| {}, DEFAULT_PARK_TOKEN, None);
            }
        }

        /// Wakes one, and calls `unlock`, with whether there are others, while nobody goes to sleep.
        #[expect(clippy::unused_self, reason = "as for a model")]
        pub(super) fn wake_one(&self, key: usize, unlock: impl FnOnce(bool)) {
            let unlock = |result: UnparkResult| {
                unlock(result.have_more_threads);
                DEFAULT_UNPARK_TOKEN
            };
            // SAFETY: as above.
            unsafe { unpark_one(key, unlock) };
        }
    }
}

/// The same for a model.
#[cfg(ctx_loom)]
mod wait {
    use crate::sync::{Condvar, Mutex, lock_seen, seen};

    /// It would go around for ever.
    #[derive(Default)]
    pub(super) struct Spin;

    impl Spin {
        #[expect(clippy::unused_self, reason = "as beside it")]
        pub(super) fn once_more(&mut self) -> bool {
            false
        }
    }

    pub(super) struct Beds {
        sleepers: Mutex<usize>,
        bell: Condvar,
    }

    impl Beds {
        pub(super) fn new() -> Self {
            Beds {
                sleepers: Mutex::new(0),
                bell: Condvar::new(),
            }
        }

        pub(super) fn sleep(&self, _: usize, locked: impl Fn() -> bool) {
            let mut sleepers = lock_seen(&self.sleepers);
            if locked() {
                *sleepers += 1;
                drop(seen(self.bell.wait(sleepers)));
            }
        }

        pub(super) fn wake_one(&self, _: usize, unlock: impl FnOnce(bool)) {
            let mut sleepers = lock_seen(&self.sleepers);
            unlock(*sleepers > 1);
            *sleepers = sleepers.saturating_sub(1);
            self.bell.notify_one();
        }
    }
}

#[cfg(all(test, not(ctx_loom)))]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    const ODD: usize = 1 << FLAGS;
    const ONE: usize = 1 << (FLAGS + 1);

    #[test]
    fn flags_are_set_when_the_lock_is_taken_and_when_it_is_given_back() {
        let word = Word::new(0, 7);
        let mut locked = word.lock(ODD);
        assert_eq!((locked.seen(), *locked), (0, 7));
        *locked += 1;
        assert_eq!(word.load(Ordering::Relaxed), ODD | LOCKED);
        locked.unlock(ONE);
        assert_eq!(word.load(Ordering::Relaxed), ODD | ONE);
        assert!(word.lock_from(ODD, 0).is_none(), "it was seen otherwise");
        assert_eq!(*word.lock_from(ODD | ONE, 0).expect("as it was seen"), 8);
        assert_eq!(word.load(Ordering::Relaxed), ODD | ONE);
    }

    #[test]
    fn the_lock_is_given_back_by_a_panic() {
        let word = Arc::new(Word::new(0, ()));
        let panics = Arc::clone(&word);
        let thread = thread::spawn(move || {
            let _locked = panics.lock(0);
            panic!("under the lock");
        });
        assert!(thread.join().is_err());
        assert_eq!(word.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn one_holds_the_lock_at_a_time_and_nobody_is_left_asleep_while_flags_change_beside_it() {
        const TIMES: usize = 20_000;
        let word = Arc::new(Word::new(0, 0));
        let threads = [(); 4].map(|()| {
            let word = Arc::clone(&word);
            thread::spawn(move || {
                for _ in 0..TIMES {
                    let mut locked = word.lock(0);
                    let seen = *locked;
                    // Others find it locked for longer than they turn around.
                    if usize::is_multiple_of(seen, 64) {
                        thread::yield_now();
                    }
                    *locked = seen + 1;
                    locked.unlock(0);
                    word.fetch_add(ONE, Ordering::Relaxed);
                }
            })
        });
        for thread in threads {
            thread.join().expect("it counts");
        }
        assert_eq!(*word.lock(0), 4 * TIMES);
        assert_eq!(word.load(Ordering::Relaxed), 4 * TIMES * ONE);
    }
}
