//! A cell for the one outcome of a context.

use std::mem::ManuallyDrop;
use std::ptr;

use crate::error::{Error, Inner};
use crate::sync::{AtomicPtr, Ordering};

/// Empty, then one [`Error`] for good, its own or that of the parent. One word, and no lock on either side.
///
/// That it is the parent's costs no count in the error, which all children of one parent would go through.
/// It is said only while the parent's cell has an error of its own: so it is found one step away.
pub(crate) struct Outcome(AtomicPtr<Inner>);

/// In the cell of a child whose outcome is that of its parent.
const INHERITED: *mut Inner = ptr::without_provenance_mut(1);

impl Outcome {
    /// Full from the beginning, or empty.
    pub(crate) fn new(error: Option<Error>) -> Self {
        let raw = error.map_or(ptr::null(), Error::into_raw);
        Outcome(AtomicPtr::new(raw.cast_mut()))
    }

    /// What is in the cell; `parent` is the cell of the parent.
    #[inline]
    pub(crate) fn get(&self, parent: Option<&Outcome>) -> Option<Error> {
        self.with(parent, |error| error.cloned())
    }

    /// Shows `f` what is in the cell.
    #[inline]
    pub(crate) fn with<R>(
        &self,
        parent: Option<&Outcome>,
        f: impl FnOnce(Option<&Error>) -> R,
    ) -> R {
        // ORDERING: Acquire pairs with the Release in `swap`: the error is read whole.
        let mut raw = self.0.load(Ordering::Acquire);
        if raw == INHERITED {
            // ORDERING: as above; who said so had seen it there.
            raw = parent.map_or(ptr::null_mut(), |parent| parent.0.load(Ordering::Acquire));
        }
        if raw.is_null() || raw == INHERITED {
            return f(None);
        }
        // SAFETY: what is not null, and not the mark, came from `put` and stays until the cell is dropped; so
        // does the parent's, as the child holds the parent. The cell's own reference is lent, not given up.
        let error = ManuallyDrop::new(unsafe { Error::from_raw(raw) });
        f(Some(&error))
    }

    /// Whether an error of its own is in the cell.
    pub(crate) fn is_own(&self) -> bool {
        // ORDERING: as in `with`.
        let raw = self.0.load(Ordering::Acquire);
        !raw.is_null() && raw != INHERITED
    }

    /// Says that the outcome is that of the parent, in whose cell it is; whether the cell was empty.
    pub(crate) fn inherit(&self) -> bool {
        self.swap(INHERITED)
    }

    /// Puts `error` in; whether the cell was empty.
    pub(crate) fn put(&self, error: Error) -> bool {
        let raw = error.into_raw().cast_mut();
        let put = self.swap(raw);
        if !put {
            // SAFETY: the cell did not take `raw`, so this is still the only owner.
            drop(unsafe { Error::from_raw(raw) });
        }
        put
    }

    fn swap(&self, raw: *mut Inner) -> bool {
        // ORDERING: Release publishes the error. Who finds the cell full reads it by `with`.
        self.0
            .compare_exchange(ptr::null_mut(), raw, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        // ORDERING: Acquire, as in `with`.
        let raw = self.0.load(Ordering::Acquire);
        if !raw.is_null() && raw != INHERITED {
            // SAFETY: the cell owns this reference and is not used again.
            drop(unsafe { Error::from_raw(raw) });
        }
    }
}
