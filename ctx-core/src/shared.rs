//! A counted pointer whose target can sit in lists that do not count it.
//!
//! It is an `Arc` with two differences, each of which the tree needs:
//!
//! - A list may hold a [`Listed`] pointer and turn it back into a counted one, under the lock that the
//!   target takes to leave that list. `Weak` does so too, at the price of two more atomic
//!   operations for each target, and loom has none.
//! - The last reference to a target releases the targets that it holds in a loop, not by recursion,
//!   so that a chain of any length is freed on a small stack.

use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;

use crate::pool::Pooled;
use crate::sync::{AtomicUsize, Life, Ordering};

/// What a [`Shared`] target does when its last reference goes.
pub(crate) trait Target: Sized {
    /// Whether a list may hold a [`Listed`] pointer to it. That changes only through a counted
    /// reference.
    fn is_listed(&self) -> bool;

    /// Leaves every list that holds a [`Listed`] pointer to it.
    fn unlink(&self);

    /// Gives up the references that it holds itself.
    fn take_parents(&mut self) -> (Option<Shared<Self>>, Option<Shared<Self>>);
}

/// A counted reference.
pub(crate) struct Shared<T: Target>(NonNull<Counted<T>>);

/// A pointer that does not count, for a list.
pub(crate) struct Listed<T: Target>(NonNull<Counted<T>>);

struct Counted<T> {
    refs: AtomicUsize,
    life: Life,
    value: T,
}

// SAFETY: as for `Arc`: references on several threads share `T`, and any of them may drop it.
unsafe impl<T: Target + Send + Sync> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: Target + Send + Sync> Sync for Shared<T> {}
// SAFETY: a `Listed` can only be turned into a `Shared`.
unsafe impl<T: Target + Send + Sync> Send for Listed<T> {}
// SAFETY: as above.
unsafe impl<T: Target + Send + Sync> Sync for Listed<T> {}

impl<T: Target> Shared<T> {
    /// `finish` may change the target in its place.
    #[inline]
    pub(crate) fn new(make: impl FnOnce() -> T, finish: impl FnOnce(&mut T)) -> Self {
        let mut counted = Pooled::new(|| Counted {
            refs: AtomicUsize::new(1),
            life: Life::new(),
            value: make(),
        });
        finish(&mut counted.value);
        Shared(counted.into_raw())
    }

    /// Another reference to a target that nobody else has yet.
    pub(crate) fn second(&mut self) -> Self {
        // SAFETY: as in `counted`; the new target is in no list, so this is the only reference.
        *unsafe { &mut self.0.as_mut().refs } = AtomicUsize::new(2);
        Shared(self.0)
    }

    pub(crate) fn ptr_eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// The target's own as long as it is held.
    pub(crate) fn address(&self) -> usize {
        self.0.addr().get()
    }

    pub(crate) fn listed(&self) -> Listed<T> {
        Listed(self.0)
    }

    fn counted(&self) -> &Counted<T> {
        // SAFETY: this reference is counted, so the target is alive.
        let counted = unsafe { self.0.as_ref() };
        counted.life.used();
        counted
    }

    /// Gives up one reference; the target's address if it was the last.
    #[inline]
    fn release(this: &ManuallyDrop<Self>) -> Option<NonNull<Counted<T>>> {
        let counted = this.counted();
        let refs = &counted.refs;
        // ORDERING: Acquire pairs with the Release of all that gave theirs up. A sole reference is not
        // counted down: nobody else can make another from it, if there is no list to find it in.
        if refs.load(Ordering::Acquire) == 1 && !counted.value.is_listed() {
            return Some(this.0);
        }
        // ORDERING: Release, so that all use of the target through this reference comes before its
        // end; the Acquire load by the last one pairs with every such Release.
        if refs.fetch_sub(1, Ordering::Release) != 1 {
            return None;
        }
        refs.load(Ordering::Acquire);
        Some(this.0)
    }

    /// Frees a target whose last reference was given up, and each parent that nothing else holds.
    #[inline(never)]
    fn end(mut target: NonNull<Counted<T>>) {
        loop {
            let (parent, other) = Self::end_one(target);
            if other.is_some() {
                return Self::end_all(parent.into_iter().chain(other).collect());
            }
            match parent.and_then(|parent| Self::release(&ManuallyDrop::new(parent))) {
                Some(last) => target = last,
                None => return,
            }
        }
    }

    /// Gives up `all`, and what they end.
    #[cold]
    fn end_all(mut all: Vec<Self>) {
        while let Some(one) = all.pop() {
            if let Some(last) = Self::release(&ManuallyDrop::new(one)) {
                let (parent, other) = Self::end_one(last);
                all.extend(parent.into_iter().chain(other));
            }
        }
    }

    /// Frees a target whose last reference was given up; the references that it held.
    #[inline]
    fn end_one(target: NonNull<Counted<T>>) -> (Option<Self>, Option<Self>) {
        // SAFETY: the count is zero, so no reference is left but those made from lists,
        // and those read the count alone until `unlink` has returned.
        let value = unsafe { &(*target.as_ptr()).value };
        if value.is_listed() {
            value.unlink();
        }
        // SAFETY: it came from `new`, and nothing points to it any more.
        let mut counted = unsafe { Pooled::from_raw(target) };
        counted.life.ended();
        // Owned by variables, so that they are released too if a destructor in the target panics.
        let parents = counted.value.take_parents();
        drop(counted);
        parents
    }
}

impl<T: Target> Listed<T> {
    /// The target, which may have lost its last reference but has not left the list.
    ///
    /// # Safety
    ///
    /// As [`upgrade`](Self::upgrade), for as long as the reference is used.
    pub(crate) unsafe fn get(&self) -> &T {
        // SAFETY: the target cannot be freed while it is in the list, and the list is locked.
        let (value, life) = unsafe { (&(*self.0.as_ptr()).value, &(*self.0.as_ptr()).life) };
        life.used();
        value
    }

    /// A counted reference, unless the last one is gone.
    ///
    /// # Safety
    ///
    /// The caller holds the lock of the list that this pointer is in, and [`Target::unlink`] takes
    /// that lock to remove it: the target is not freed before.
    pub(crate) unsafe fn upgrade(&self) -> Option<Shared<T>> {
        // SAFETY: the target cannot be freed while it is in the list, and the list is locked.
        let (refs, life) = unsafe { (&(*self.0.as_ptr()).refs, &(*self.0.as_ptr()).life) };
        life.used();
        // ORDERING: Relaxed, as `Weak::upgrade`'s own failure path; success is Acquire there because
        // of `get_mut`, which does not exist here.
        let mut seen = refs.load(Ordering::Relaxed);
        while seen != 0 {
            match refs.compare_exchange_weak(seen, seen + 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Some(Shared(self.0)),
                Err(now) => seen = now,
            }
        }
        None
    }
}

impl<T: Target> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.counted().value
    }
}

impl<T: Target> Clone for Shared<T> {
    fn clone(&self) -> Self {
        // ORDERING: Relaxed: a new reference is made from one that is at hand.
        let seen = self.counted().refs.fetch_add(1, Ordering::Relaxed);
        // As in `Arc`: leaked clones must not wrap the count around.
        if seen > isize::MAX as usize {
            std::process::abort();
        }
        Shared(self.0)
    }
}

impl<T: Target> Drop for Shared<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(target) = Self::release(&ManuallyDrop::new(Shared(self.0))) {
            Self::end(target);
        }
    }
}
