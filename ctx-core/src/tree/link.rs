//! Linking to the parents, and waiting.

use std::task::Waker;

use super::{AlreadyDone, DONE, Kind, LINKED, LISTS, LOWERED, Node, NodeRef, Push, SWEPT, TIMED};
use crate::clock;
use crate::lists::SLOT;
use crate::sync::{AtomicU32, Ordering};

/// A waker is in the list.
pub(crate) struct Registered {
    pub(crate) key: u32,
    /// The context may be done by time alone, as far as is known: a moment that comes later wakes the waker.
    pub(crate) timed: bool,
}

impl Node {
    /// Registers `waker`, to be woken once: when the context is done, or when its moment changes.
    #[inline]
    pub(crate) fn register(this: &NodeRef, waker: &Waker) -> Result<Registered, AlreadyDone> {
        // ORDERING: as in `link`. Before the waker is cloned, which a look after it would wait for.
        let mut word = this.word.load(Ordering::Acquire);
        if word & LINKED == 0 {
            link_path(this);
            word |= LINKED;
        }
        let waker = waker.clone();
        let mut lists = this.word.lock_guessing(word, LISTS);
        if lists.seen() & DONE != 0 {
            drop(lists);
            return Err(AlreadyDone);
        }
        Ok(Registered {
            key: lists.insert_waiter(waker),
            timed: lists.seen() & (TIMED | LOWERED) != 0,
        })
    }

    /// Puts `waker` in the place of the one under `key`, which is returned unless it was taken to be woken. Only by whom
    /// the key is for.
    pub(crate) fn replace(&self, key: u32, waker: Waker) -> Result<Option<Waker>, AlreadyDone> {
        let mut lists = self.lists();
        if lists.seen() & DONE != 0 {
            drop(lists);
            return Err(AlreadyDone);
        }
        Ok(lists.replace_waiter(key, waker))
    }

    /// Gives `key` back, with its waker unless that was taken to be woken.
    ///
    /// # Safety
    ///
    /// The key is the caller's: it came from [`register`](Self::register) of this node, was not given back, and since then
    /// nobody else has given it to this or to [`replace`](Self::replace), nor does so meanwhile.
    #[inline]
    pub(crate) unsafe fn unregister(&self, key: u32) -> Option<Waker> {
        // ORDERING: Acquire: who sees `SWEPT` need not look: all wakers were taken before, and `DONE`
        // keeps others out.
        let word = self.word.load(Ordering::Acquire);
        if word & SWEPT != 0 {
            return None;
        }
        if key == SLOT {
            // SAFETY: whoever has the key owns the slot.
            let waker = unsafe { self.word.withdraw(word) };
            if waker.is_some() {
                return waker;
            }
        }
        self.unregister_locked(word, key)
    }

    /// Apart, so that what nearly every waiter finds needs few registers.
    #[inline(never)]
    fn unregister_locked(&self, word: usize, key: u32) -> Option<Waker> {
        self.word.lock_guessing(word, 0).remove_waiter(key)
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
pub(super) fn link(this: &NodeRef) {
    // ORDERING: Acquire pairs with the Release in `attach`.
    if this.word.load(Ordering::Acquire) & LINKED == 0 {
        link_path(this);
    }
}

/// Recurses over what is not linked: at most [`MAX_UNLINKED`](super::MAX_UNLINKED) and one.
fn link_path(this: &NodeRef) {
    let Some(parent) = &this.parent else {
        return;
    };
    link(parent);
    attach(this, parent, &this.slot);
}

/// Puts `node` into the list of `parent`, and passes on what the parent knows.
///
/// The node is not linked, so it has no waiters and no linked children: there is nobody to tell.
pub(super) fn attach(node: &NodeRef, parent: &NodeRef, slot: &AtomicU32) {
    let mut lists = parent.word.lock(LISTS);
    // ORDERING: Relaxed: where there was an entry to make, it was set under this lock. Where there was none,
    // there is none now, and taking over the same outcome again changes nothing.
    if node.word.load(Ordering::Relaxed) & LINKED != 0 {
        return;
    }
    let known = if lists.seen() & DONE != 0 {
        // Nothing more will come from there: no entry is needed.
        drop(lists);
        let now = clock::now();
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
