//! A cell for the one outcome of a context.

use std::mem::ManuallyDrop;
use std::ptr;

use crate::error::{Error, Inner};
use crate::sync::{AtomicPtr, Ordering};

/// Empty, then one [`Error`] for good. One word, and no lock on either side.
pub(crate) struct Outcome(AtomicPtr<Inner>);

impl Outcome {
    /// Full from the beginning, or empty.
    pub(crate) fn new(error: Option<Error>) -> Self {
        let raw = error.map_or(ptr::null(), Error::into_raw);
        Outcome(AtomicPtr::new(raw.cast_mut()))
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<Error> {
        // ORDERING: Acquire pairs with the Release in `set`: the error is read whole.
        let raw = self.0.load(Ordering::Acquire);
        // SAFETY: what is not null came from `set` and stays until the cell is dropped.
        (!raw.is_null()).then(|| unsafe { clone_raw(raw) })
    }

    /// Shows `f` what is in the cell.
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(Option<&Error>) -> R) -> R {
        // ORDERING: as in `get`.
        let raw = self.0.load(Ordering::Acquire);
        if raw.is_null() {
            return f(None);
        }
        // SAFETY: as in `get`; the cell's own reference is lent, not given up.
        let error = ManuallyDrop::new(unsafe { Error::from_raw(raw) });
        f(Some(&error))
    }

    /// Puts a clone of `error` in if the cell is empty; else what it holds.
    #[inline]
    pub(crate) fn put_clone(&self, error: &Error) -> Option<Error> {
        let other = self.get();
        if other.is_none() {
            self.put(error.clone()).err()
        } else {
            other
        }
    }

    /// Puts `error` in if the cell is empty.
    ///
    /// # Errors
    ///
    /// What the cell holds.
    pub(crate) fn put(&self, error: Error) -> Result<(), Error> {
        let raw = error.into_raw().cast_mut();
        // ORDERING: Release publishes the error; Acquire on failure reads the other one.
        self.0
            .compare_exchange(ptr::null_mut(), raw, Ordering::Release, Ordering::Acquire)
            .map(|_| ())
            .map_err(|other| {
                // SAFETY: the cell did not take `raw`, so this is still the only owner.
                drop(unsafe { Error::from_raw(raw) });
                // SAFETY: as in `get`.
                unsafe { clone_raw(other) }
            })
    }

    /// Puts `error` in if the cell is empty; what the cell holds in the end.
    pub(crate) fn set(&self, error: Error) -> Error {
        match self.put(error.clone()) {
            Ok(()) => error,
            Err(other) => other,
        }
    }
}

/// # Safety
///
/// `raw` is held by a cell that is alive.
unsafe fn clone_raw(raw: *const Inner) -> Error {
    // SAFETY: the cell owns one reference, which is not given up here.
    let error = ManuallyDrop::new(unsafe { Error::from_raw(raw) });
    Error::clone(&error)
}

impl Drop for Outcome {
    fn drop(&mut self) {
        // ORDERING: as in `get`.
        let raw = self.0.load(Ordering::Acquire);
        if !raw.is_null() {
            // SAFETY: the cell owns this reference and is not used again.
            drop(unsafe { Error::from_raw(raw) });
        }
    }
}
