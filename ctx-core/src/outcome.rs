//! A cell for the one outcome of a context.

use std::mem::ManuallyDrop;
use std::panic::Location;
use std::ptr;

use crate::error::{Error, Inner};
use crate::sync::{AtomicPtr, Ordering};

/// Empty, then one outcome for good. One word, and no lock on either side.
///
/// Nearly every context ends in a way that can be said in that word, and nearly always nobody asks for the
/// [`Error`]: so it is made, and put in the place of the word, when somebody does.
pub(crate) struct Outcome(AtomicPtr<Inner>);

/// An outcome that needs no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    /// Cancelled at this place, without a cause.
    Cancelled(&'static Location<'static>),
    /// The last canceller was dropped.
    Dropped,
}

/// What is in a cell.
pub(crate) enum Found<'a> {
    Nothing,
    Plain(Plain),
    Error(&'a Error),
}

/// Marks a word that is no pointer to an error: for [`Plain::Dropped`], alone; with the place, for
/// [`Plain::Cancelled`].
const PLAIN: usize = 1;

const _: () = assert!(align_of::<Location<'_>>() > 1 && align_of::<Inner>() > 1);

impl Plain {
    fn into_raw(self) -> *mut Inner {
        match self {
            Plain::Cancelled(place) => ptr::from_ref(place)
                .cast::<Inner>()
                .cast_mut()
                .map_addr(|address| address | PLAIN),
            Plain::Dropped => ptr::without_provenance_mut(PLAIN),
        }
    }

    fn from_raw(raw: *mut Inner) -> Option<Plain> {
        if raw.addr() & PLAIN == 0 {
            return None;
        }
        let place = raw.map_addr(|address| address & !PLAIN);
        // SAFETY: a word with the mark came from `into_raw`; the place lasts for ever.
        let place = unsafe { place.cast::<Location<'static>>().as_ref() };
        Some(place.map_or(Plain::Dropped, Plain::Cancelled))
    }
}

impl Outcome {
    pub(crate) fn new() -> Self {
        Outcome(AtomicPtr::new(ptr::null_mut()))
    }

    /// Shows `f` what is in the cell.
    #[inline]
    pub(crate) fn look<R>(&self, f: impl FnOnce(Found<'_>) -> R) -> R {
        // ORDERING: Acquire pairs with the Release of whoever filled the cell: the error is read whole, and what
        // was noted beside a plain outcome is seen.
        let raw = self.0.load(Ordering::Acquire);
        if raw.is_null() {
            return f(Found::Nothing);
        }
        if let Some(plain) = Plain::from_raw(raw) {
            return f(Found::Plain(plain));
        }
        // SAFETY: it is a pointer that came from `put` or `replace`, and stays until the cell is dropped. The cell's own
        // reference is lent, not given up.
        let error = ManuallyDrop::new(unsafe { Error::from_raw(raw) });
        f(Found::Error(&error))
    }

    /// The error in the cell, if there is one already.
    #[inline]
    pub(crate) fn error(&self) -> Option<Error> {
        self.look(|found| match found {
            Found::Error(error) => Some(error.clone()),
            Found::Nothing | Found::Plain(_) => None,
        })
    }

    /// What is in the cell; `make` makes an error of a plain outcome, for all who come later, too.
    #[inline]
    pub(crate) fn get(&self, make: impl FnOnce(Plain) -> Error) -> Option<Error> {
        let plain = |found: Found<'_>| match found {
            Found::Plain(plain) => Some(plain),
            Found::Nothing | Found::Error(_) => None,
        };
        if let Some(plain) = self.look(plain) {
            self.replace(plain, make(plain));
        }
        self.error()
    }

    /// Fills the cell. Only by who knows that it is empty, and keeps others from doing so.
    pub(crate) fn put(&self, error: Error) {
        // ORDERING: Release publishes the error.
        self.0.store(error.into_raw().cast_mut(), Ordering::Release);
    }

    /// Likewise; what belongs to `plain` is written down before.
    #[inline]
    pub(crate) fn put_plain(&self, plain: Plain) {
        // ORDERING: Release publishes that.
        self.0.store(plain.into_raw(), Ordering::Release);
    }

    /// Puts `error` in the place of the plain outcome that says the same.
    fn replace(&self, plain: Plain, error: Error) {
        let raw = error.into_raw().cast_mut();
        // ORDERING: Release publishes the error. Who finds another there reads that by `look`.
        let swap =
            self.0
                .compare_exchange(plain.into_raw(), raw, Ordering::Release, Ordering::Relaxed);
        if swap.is_err() {
            // SAFETY: the cell did not take `raw`, so this is still its only owner.
            drop(unsafe { Error::from_raw(raw) });
        }
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        // ORDERING: Acquire, as in `look`.
        let raw = self.0.load(Ordering::Acquire);
        if !raw.is_null() && raw.addr() & PLAIN == 0 {
            // SAFETY: the cell owns this reference and is not used again.
            drop(unsafe { Error::from_raw(raw) });
        }
    }
}
