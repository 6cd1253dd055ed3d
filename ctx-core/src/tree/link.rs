//! Linking to the parents, and waiting.

use std::task::Waker;

use super::{
    AlreadyDone, Clock, DONE, Kind, LINKED, LISTS, LOWERED, MAX_UNLINKED, Node, NodeRef, Push,
    SWEPT,
};
use crate::sync::{AtomicU32, Ordering, lock_seen as lock};

impl Node {
    /// Registers `waker`, to be woken once: when the context is done, or when its moment changes.
    #[inline]
    pub(crate) fn register(this: &NodeRef, waker: Waker, clock: Clock) -> Result<u32, AlreadyDone> {
        link(this, clock);
        let mut lists = lock(&this.lists);
        if announce(this) & DONE != 0 {
            drop(lists);
            return Err(AlreadyDone);
        }
        Ok(lists.insert_waiter(waker))
    }

    /// Puts `waker` in the place of the one under `key`, which is returned.
    pub(crate) fn replace(&self, key: u32, waker: Waker) -> Result<Waker, AlreadyDone> {
        let mut lists = lock(&self.lists);
        // ORDERING: Acquire: as in `boundary`. A canceller that has not set it yet will find the new waker
        // under this lock.
        if self.word.load(Ordering::Acquire) & DONE != 0 {
            drop(lists);
            return Err(AlreadyDone);
        }
        Ok(lists.replace_waiter(key, waker))
    }

    #[inline]
    pub(crate) fn unregister(&self, key: u32) -> Option<Waker> {
        // ORDERING: Acquire: who sees `SWEPT` need not look: all wakers were taken before, and `DONE`
        // keeps others out.
        if self.word.load(Ordering::Acquire) & SWEPT != 0 {
            return None;
        }
        lock(&self.lists).remove_waiter(key)
    }

    /// Whether a grace above has begun, for a node that is linked.
    #[inline]
    pub(crate) fn is_lowered(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `lower`.
        self.word.load(Ordering::Acquire) & LOWERED != 0
    }
}

/// Links `this` and every ancestor that is not linked yet, from above.
#[inline]
pub(super) fn link(this: &NodeRef, clock: Clock) {
    // ORDERING: Acquire pairs with the Release in `attach`.
    if this.word.load(Ordering::Acquire) & LINKED == 0 {
        link_path(this, clock);
    }
}

fn link_path(this: &NodeRef, clock: Clock) {
    let mut path: [Option<&NodeRef>; MAX_UNLINKED as usize + 2] = [None; MAX_UNLINKED as usize + 2];
    let mut node = this;
    for place in &mut path {
        // ORDERING: as in `link`.
        if node.word.load(Ordering::Acquire) & LINKED != 0 {
            break;
        }
        let Some(parent) = &node.parent else { break };
        *place = Some(node);
        node = parent;
    }
    for node in path.into_iter().rev().flatten() {
        let Some(parent) = &node.parent else { break };
        attach(node, parent, &node.slot, clock);
    }
}

/// Says that the lists of `node`, which are locked, are used; what its word was.
fn announce(node: &Node) -> usize {
    // ORDERING: Relaxed: `LISTS` was set under this lock, by the operation below. Whoever set `DONE`
    // before it is seen here, and whoever sets it later will take the lock.
    let word = node.word.load(Ordering::Relaxed);
    if word & LISTS != 0 {
        return word;
    }
    // ORDERING: see invariant 3.
    node.word.fetch_or(LISTS, Ordering::AcqRel)
}

/// Puts `node` into the list of `parent`, and passes on what the parent knows.
///
/// The node is not linked, so it has no waiters and no linked children: there is nobody to tell.
pub(super) fn attach(node: &NodeRef, parent: &NodeRef, slot: &AtomicU32, clock: Clock) {
    let mut lists = lock(&parent.lists);
    // ORDERING: Relaxed: where there was an entry to make, it was set under this lock. Where there was none,
    // there is none now, and taking over the same outcome again changes nothing.
    if node.word.load(Ordering::Relaxed) & LINKED != 0 {
        return;
    }
    let done = announce(parent) & DONE != 0;
    let known = if done {
        // Nothing more will come from there: no entry is needed.
        drop(lists);
        let now = clock();
        node.receive(parent, &parent.push(now), now);
        None
    } else {
        // ORDERING: Relaxed: it is read by whoever gives up the last reference, after this one.
        slot.store(lists.insert_child(node.listed()), Ordering::Relaxed);
        if let Some(outcome) = lists.lowered().cloned() {
            let now = outcome.at();
            node.receive(parent, &Push::lowering(outcome), now);
        }
        Some(lists)
    };
    if node.kind != Kind::Merge {
        // ORDERING: Release: who sees `LINKED` sees what was passed on. Under the lock, if there
        // was an entry to make, so that nothing is pushed in between.
        node.word.fetch_or(LINKED, Ordering::AcqRel);
    }
    drop(known);
}
