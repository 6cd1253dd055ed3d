//! What is known of a waker from outside.

use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

use slab::Slab;

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
    /// A whole list: where there are many, it costs less not to copy them. Boxed: few have one.
    list: Option<Box<Slab<Waker>>>,
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

    /// The first list is kept as it is.
    pub(crate) fn push_list(&mut self, list: Slab<Waker>) {
        if self.list.is_none() {
            self.list = Some(Box::new(list));
        } else {
            self.rest.extend(list.into_iter().map(|(_, waker)| waker));
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
        if let Some(list) = self.list.take() {
            list.into_iter().for_each(|(_, waker)| wake(waker));
        }
    }
}

#[cfg(all(test, not(ctx_loom)))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn each_waker_of_several_lists_is_woken_once_and_forgotten() {
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let waker = || Waker::from(Arc::clone(&count));
        let list = |length| (0..length).map(|place| (place, waker())).collect();
        let mut wakers = Wakers::default();
        for _ in 0..2 {
            wakers.push(waker());
            wakers.push_list(list(3));
            wakers.push_list(list(2));
            wakers.push(waker());
        }
        for _ in 0..2 {
            wakers.wake();
            assert_eq!(count.0.load(Ordering::Relaxed), 2 * (1 + 3 + 2 + 1));
            assert_eq!(Arc::strong_count(&count), 1);
        }
    }
}
