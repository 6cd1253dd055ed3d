//! The one switch between the standard primitives and loom's.
//!
//! A cfg of its own (`ctx_loom`, not `loom`) keeps Tokio whole in a model run.

#[cfg(not(ctx_loom))]
pub(crate) use std::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize},
    },
    thread,
};

#[cfg(ctx_loom)]
pub(crate) use loom::{
    cell::{MutPtr, UnsafeCell},
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize},
    },
    thread,
};

pub(crate) use std::sync::atomic::Ordering;

/// What loom's is called, without its bookkeeping.
#[cfg(not(ctx_loom))]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(ctx_loom))]
impl<T> UnsafeCell<T> {
    pub(crate) fn new(value: T) -> Self {
        UnsafeCell(std::cell::UnsafeCell::new(value))
    }

    #[inline]
    pub(crate) fn get_mut(&self) -> MutPtr<T> {
        MutPtr(self.0.get())
    }

    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    #[inline]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}

/// Likewise.
#[cfg(not(ctx_loom))]
pub(crate) struct MutPtr<T>(*mut T);

#[cfg(not(ctx_loom))]
impl<T> MutPtr<T> {
    /// # Safety
    ///
    /// The cell lives, and there is no other reference to what is in it.
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "as loom's")]
    pub(crate) unsafe fn deref(&self) -> &mut T {
        // SAFETY: the caller has seen to it.
        unsafe { &mut *self.0 }
    }
}

/// Shows a model that memory is used after its end, or that its end is not ordered after each use. Nothing elsewhere.
pub(crate) struct Life(#[cfg(ctx_loom)] UnsafeCell<bool>);

impl Life {
    pub(crate) fn new() -> Self {
        Life(
            #[cfg(ctx_loom)]
            UnsafeCell::new(true),
        )
    }

    #[inline]
    pub(crate) fn used(&self) {
        #[cfg(ctx_loom)]
        // SAFETY: only `ended` writes, and loom fails the model if that is at the same time.
        self.0
            .with(|alive| assert!(unsafe { *alive }, "used after its end"));
    }

    #[inline]
    pub(crate) fn ended(&self) {
        #[cfg(ctx_loom)]
        // SAFETY: as above.
        self.0.with_mut(|alive| unsafe {
            assert!(*alive, "ended twice");
            *alive = false;
        });
    }
}

/// Locks, poisoned or not: where something can panic under a lock of this crate, the data are whole at that point.
#[cfg_attr(
    not(ctx_loom),
    expect(unused_qualifications, reason = "for loom, not the mutex above")
)]
pub(crate) fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// [`lock`] for the mutex that loom sees.
pub(crate) fn lock_seen<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    seen(mutex.lock())
}

/// What comes back from a condition, its lock poisoned or not.
pub(crate) fn seen<T>(result: Result<T, std::sync::PoisonError<T>>) -> T {
    result.unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(all(test, not(ctx_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_poisoned_lock_is_taken_all_the_same() {
        let mutex = Mutex::new(7);
        let poisons = std::panic::AssertUnwindSafe(|| {
            let _held = mutex.lock();
            panic!("under a lock");
        });
        assert!(std::panic::catch_unwind(poisons).is_err() && mutex.is_poisoned());
        assert_eq!(*lock(&mutex), 7);
        assert_eq!(*lock_seen(&mutex), 7);
    }
}
