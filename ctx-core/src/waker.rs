//! What is known of a waker from outside.

use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// Which waker it is, for as long as that is alive: then its address is its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct WakerId(usize, usize);

impl WakerId {
    pub(crate) const NONE: WakerId = WakerId(0, 0);

    /// No waker, but as good to tell one thing from another.
    #[inline]
    pub(crate) fn numbered(number: u64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the other half has the rest"
        )]
        WakerId(number as usize, (number >> 32) as usize)
    }

    #[inline]
    pub(crate) fn of(waker: &Waker) -> Self {
        WakerId(
            waker.data().addr(),
            std::ptr::from_ref(waker.vtable()).addr(),
        )
    }
}

/// A waker is foreign code; one that panics must not keep others from being woken, nor end a destructor.
pub(crate) fn wake(waker: Waker) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
        // The panic hook has told of it. Its payload may panic again when it is dropped.
        let _ = ManuallyDrop::new(payload);
    }
}

/// Wakers that were taken out of lists. One needs no allocation: most contexts have no more.
#[derive(Default)]
pub(crate) struct Wakers {
    first: Option<Waker>,
    rest: Vec<Waker>,
}

impl Wakers {
    #[inline]
    pub(crate) fn push(&mut self, waker: Waker) {
        if self.first.is_none() {
            self.first = Some(waker);
        } else {
            self.rest.push(waker);
        }
    }

    /// Wakes and forgets them all.
    #[inline]
    pub(crate) fn wake(&mut self) {
        if let Some(first) = self.first.take() {
            wake(first);
        }
        if !self.rest.is_empty() {
            self.rest.drain(..).for_each(wake);
        }
    }
}
