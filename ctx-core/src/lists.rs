//! Who is to be told when a context is done: wakers, and children that are linked.
//!
//! Nothing here runs or drops a waker: what leaves a list is handed to the caller, who lets go of
//! the lock first.

use std::task::Waker;

use slab::Slab;

use crate::error::Error;
use crate::shared::{Listed, Target};

/// Spare room that an empty list may keep; more is given back.
const SPARE: usize = 64;

/// The lists of one node. The first waker is kept inline: most nodes have one or none.
pub(crate) struct Lists<N: Target> {
    first: Slot,
    rest: Option<Box<Rest<N>>>,
}

/// A waker that was woken leaves its slot taken and empty until it is registered again or removed.
enum Slot {
    Free,
    Taken(Option<Waker>),
}

struct Rest<N: Target> {
    waiters: Slab<Option<Waker>>,
    children: Slab<Listed<N>>,
    /// What this node will be done with, and when, unless something else comes first.
    lowered: Option<Error>,
}

impl<N: Target> Lists<N> {
    pub(crate) fn new() -> Self {
        Lists {
            first: Slot::Free,
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

    /// The key to find the waker by.
    pub(crate) fn insert_waiter(&mut self, waker: Waker) -> u32 {
        if matches!(self.first, Slot::Free) {
            self.first = Slot::Taken(Some(waker));
            return 0;
        }
        short(self.rest().waiters.insert(Some(waker))) + 1
    }

    /// The waker that stood under `key`; the new one if there is no such slot any more.
    pub(crate) fn replace_waiter(&mut self, key: u32, waker: Waker) -> Option<Waker> {
        match self.slot(key) {
            Some(slot) => slot.replace(waker),
            None => Some(waker),
        }
    }

    fn slot(&mut self, key: u32) -> Option<&mut Option<Waker>> {
        if key == 0 {
            return match &mut self.first {
                Slot::Taken(waker) => Some(waker),
                Slot::Free => None,
            };
        }
        self.rest.as_mut()?.waiters.get_mut(key as usize - 1)
    }

    pub(crate) fn remove_waiter(&mut self, key: u32) -> Option<Waker> {
        if key == 0 {
            return match std::mem::replace(&mut self.first, Slot::Free) {
                Slot::Taken(waker) => waker,
                Slot::Free => None,
            };
        }
        let waiters = &mut self.rest.as_mut()?.waiters;
        let waker = waiters.try_remove(key as usize - 1)?;
        give_back(waiters);
        waker
    }

    /// Takes every waker, for good (`keep` is false) or leaving their slots to be filled again.
    pub(crate) fn take_wakers(&mut self, keep: bool, mut each: impl FnMut(Waker)) {
        if let Slot::Taken(waker) = &mut self.first {
            waker.take().map(&mut each);
            if !keep {
                self.first = Slot::Free;
            }
        }
        let Some(rest) = &mut self.rest else { return };
        for (_, waker) in &mut rest.waiters {
            waker.take().map(&mut each);
        }
        if !keep {
            rest.waiters = Slab::new();
        }
    }

    pub(crate) fn insert_child(&mut self, child: Listed<N>) -> u32 {
        short(self.rest().children.insert(child))
    }

    pub(crate) fn remove_child(&mut self, key: u32) {
        let children = &mut self.rest().children;
        children.remove(key as usize);
        give_back(children);
    }

    pub(crate) fn children(&self) -> impl Iterator<Item = &Listed<N>> {
        self.rest
            .iter()
            .flat_map(|rest| rest.children.iter().map(|(_, child)| child))
    }

    pub(crate) fn lowered(&self) -> Option<&Error> {
        self.rest.as_ref()?.lowered.as_ref()
    }

    /// The outcome that was there before, for the caller to drop outside of the lock.
    pub(crate) fn set_lowered(&mut self, error: Error) -> Option<Error> {
        self.rest().lowered.replace(error)
    }
}

fn short(key: usize) -> u32 {
    u32::try_from(key).expect("fewer than 2^32 entries fit into memory")
}

fn give_back<T>(slab: &mut Slab<T>) {
    if slab.is_empty() && slab.capacity() > SPARE {
        *slab = Slab::new();
    }
}
