//! Who is to be told when a context is done: wakers, and children that are linked.
//!
//! Nothing here runs or drops a waker: what leaves a list is handed to the caller, who lets go of
//! the lock first.

use std::task::Waker;

use slab::Slab;

use crate::error::Error;
use crate::shared::{Listed, Target};
use crate::waker::Wakers;
use crate::word::Locked;

/// Spare room that an empty list may keep; more is given back.
const SPARE: usize = 64;

/// The key of a waker in the slot.
pub(crate) const SLOT: u32 = 0;

/// The lists of one node. The first of each is kept apart: most nodes have one or none. That of the waiters is in the slot
/// beside the lock.
pub(crate) struct Lists<N: Target> {
    child: Option<Listed<N>>,
    rest: Option<Box<Rest<N>>>,
}

struct Rest<N: Target> {
    waiters: Slab<Waker>,
    children: Slab<Listed<N>>,
    /// What this node will be done with, and when, unless something else comes first.
    lowered: Option<Error>,
}

impl<N: Target> Lists<N> {
    pub(crate) fn new() -> Self {
        Lists {
            child: None,
            rest: None,
        }
    }

    fn rest(&mut self) -> &mut Rest<N> {
        self.rest.get_or_insert_with(|| {
            Box::new(Rest {
                waiters: Slab::new(),
                children: Slab::new(),
                lowered: None,
            })
        })
    }

    #[inline(never)]
    fn insert_further_waiter(&mut self, waker: Waker) -> u32 {
        key(self.rest().waiters.insert(waker))
    }

    #[inline(never)]
    fn remove_further_waiter(&mut self, place: usize) -> Option<Waker> {
        let waiters = &mut self.rest.as_mut()?.waiters;
        let waker = waiters.try_remove(place);
        give_back(waiters);
        waker
    }

    #[cold]
    fn lend_further_wakers(&mut self, wakers: &mut Wakers) {
        let rest = self.rest.iter_mut();
        for (_, waiter) in rest.flat_map(|rest| rest.waiters.iter_mut()) {
            wakers.push(std::mem::replace(waiter, Waker::noop().clone()));
        }
    }

    pub(crate) fn insert_child(&mut self, child: Listed<N>) -> u32 {
        if self.child.is_none() {
            self.child = Some(child);
            return 0;
        }
        key(self.rest().children.insert(child))
    }

    pub(crate) fn remove_child(&mut self, key: u32) {
        match (place(key), &mut self.rest) {
            (None, _) => self.child = None,
            (Some(place), Some(rest)) => {
                rest.children.remove(place);
                give_back(&mut rest.children);
            }
            (Some(_), None) => {}
        }
    }

    /// The child in the inline place; and the first place of others, if there are any.
    #[inline]
    pub(crate) fn children(&self) -> (Option<&Listed<N>>, Option<usize>) {
        let rest = self.rest.as_ref();
        let any = rest.is_some_and(|rest| !rest.children.is_empty());
        (self.child.as_ref(), any.then_some(0))
    }

    /// The children in up to `n` places from this one on; and where those after them begin.
    pub(crate) fn further_children(
        &self,
        first: usize,
        n: usize,
    ) -> (impl Iterator<Item = &Listed<N>>, Option<usize>) {
        let slab = self.rest.as_ref().map(|rest| &rest.children);
        let end = slab.map_or(0, Slab::capacity);
        let next = end.min(first.saturating_add(n));
        let places = (first..next).filter_map(move |place| slab?.get(place));
        (places, (next < end).then_some(next))
    }

    pub(crate) fn lowered(&self) -> Option<&Error> {
        self.rest.as_ref()?.lowered.as_ref()
    }

    /// The outcome that was there before, for the caller to drop outside of the lock.
    pub(crate) fn set_lowered(&mut self, error: Error) -> Option<Error> {
        self.rest().lowered.replace(error)
    }
}

/// What concerns the slot, too. The slab is apart, so that what nearly every waiter finds needs few registers.
impl<N: Target> Locked<'_, Lists<N>> {
    /// The key to find the waker by: [`SLOT`], or that of a place in a slab, which come after it.
    #[inline]
    pub(crate) fn insert_waiter(&mut self, waker: Waker) -> u32 {
        match self.fill(waker) {
            Ok(()) => SLOT,
            Err(waker) => self.insert_further_waiter(waker),
        }
    }

    /// Puts another waker under `key`; the one that stood there, or the new one if there is no such place any more.
    pub(crate) fn replace_waiter(&mut self, key: u32, waker: Waker) -> Option<Waker> {
        let Some(place) = place(key) else {
            return self.refill(waker);
        };
        let rest = self.rest.as_mut();
        match rest.and_then(|rest| rest.waiters.get_mut(place)) {
            Some(place) => Some(std::mem::replace(place, waker)),
            None => Some(waker),
        }
    }

    #[inline]
    pub(crate) fn remove_waiter(&mut self, key: u32) -> Option<Waker> {
        match place(key) {
            None => self.vacate(),
            Some(place) => self.remove_further_waiter(place),
        }
    }

    /// Takes every waker: for good, or (`lend`) leaving its place to whom the key is for, who may put another there.
    #[inline]
    pub(crate) fn take_wakers(&mut self, lend: bool, wakers: &mut Wakers) {
        if let Some(waker) = self.take() {
            wakers.push(waker);
        }
        if lend {
            return self.lend_further_wakers(wakers);
        }
        if let Some(rest) = &mut self.rest
            && !rest.waiters.is_empty()
        {
            wakers.push_list(std::mem::take(&mut rest.waiters));
        }
    }

    /// Whether there is nobody to tell.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        let nobody = |rest: &Rest<N>| rest.waiters.is_empty() && rest.children.is_empty();
        !self.has_waker() && self.child.is_none() && self.rest.as_deref().is_none_or(nobody)
    }

    /// How many waiters and how many children there are.
    pub(crate) fn len(&self) -> (usize, usize) {
        let rest = self.rest.as_ref();
        let (waiters, children) =
            rest.map_or((0, 0), |rest| (rest.waiters.len(), rest.children.len()));
        (
            usize::from(self.has_waker()) + waiters,
            usize::from(self.child.is_some()) + children,
        )
    }
}

fn key(place: usize) -> u32 {
    u32::try_from(place + 1).expect("fewer than 2^32 entries fit into memory")
}

/// The place in a slab; `None` is the slot.
fn place(key: u32) -> Option<usize> {
    (key as usize).checked_sub(1)
}

fn give_back<T>(slab: &mut Slab<T>) {
    if slab.is_empty() && slab.capacity() > SPARE {
        *slab = Slab::new();
    }
}
