//! A cancellation on its way down.

use std::collections::HashMap;

use super::{DERIVED, Kind, Node, NodeRef, Push, SWEPT};
use crate::moment::Moment;
use crate::shared::Listed;
use crate::sync::{Ordering, lock_seen as lock};
use crate::waker::Wakers;

/// Children that are told in one go, under their parent's lock.
const BATCH: usize = 128;

/// Visits all that is linked below a node. It recurses nowhere: what may have children of its own goes on a stack.
pub(super) struct Sweep {
    now: Moment,
    /// Taken from lists, to be woken under no lock.
    wakers: Wakers,
    stack: Vec<(NodeRef, Push)>,
}

/// A merge has two ways in; each further one would double the visits below it. They are held, so
/// that no other merge comes to have the address.
type Merges = HashMap<(usize, Option<Moment>), NodeRef>;

impl Sweep {
    pub(super) fn new(now: Moment) -> Self {
        Sweep {
            now,
            wakers: Wakers::default(),
            stack: Vec::new(),
        }
    }

    /// Tells all below `root`, which is done, what `push` says.
    #[inline]
    pub(super) fn run(&mut self, root: &Node, push: &Push) {
        self.tell(root, push);
        if !self.stack.is_empty() {
            self.go_below();
        }
    }

    #[inline(never)]
    fn go_below(&mut self) {
        let (mut merges, mut swept) = (Merges::new(), Vec::new());
        while let Some((node, push)) = self.stack.pop() {
            let Some(push) = self.enter(&node, push, &mut merges) else {
                continue;
            };
            if self.tell(&node, &push) && !push.lowering {
                swept.push(node);
            }
        }
        for node in swept {
            // ORDERING: Release: who sees it sees all below done.
            node.word.fetch_or(SWEPT, Ordering::Release);
        }
    }

    /// What the children of a node from the stack are told. A merge has not been told itself: it
    /// looks at its other parent, whose lock may be held where the first one's list is walked.
    fn enter(&self, node: &NodeRef, push: Push, merges: &mut Merges) -> Option<Push> {
        let (Kind::Merge, Some(parent)) = (node.kind, node.parent()) else {
            return Some(push);
        };
        let way = push.lowering.then_some(push.at);
        let before = merges.insert((node.address(), way), node.clone());
        if before.is_some() {
            return None;
        }
        node.receive(parent, &push, self.now)
    }

    /// Wakes the waiters of `node` and tells its children; whether it has any.
    fn tell(&mut self, node: &Node, push: &Push) -> bool {
        let mut lists = lock(&node.lists);
        lists.take_wakers(push.lowering, &mut self.wakers);
        let (first, mut next) = lists.children();
        let any = first.is_some() || next.is_some();
        if let Some(child) = first {
            // SAFETY: the list that it is in is locked.
            unsafe { self.tell_one(node, child, push) };
        }
        loop {
            if let Some(place) = next {
                let children;
                (children, next) = lists.further_children(place, BATCH);
                for child in children {
                    // SAFETY: as above.
                    unsafe { self.tell_one(node, child, push) };
                }
            }
            drop(lists);
            self.wakers.wake();
            if next.is_none() {
                return any;
            }
            lists = lock(&node.lists);
        }
    }

    /// Tells a child and takes its wakers; if it may have children of its own, it goes on the stack for that.
    ///
    /// # Safety
    ///
    /// The list of `parent` that it is in is locked.
    #[inline]
    unsafe fn tell_one(&mut self, parent: &Node, child: &Listed<Node>, push: &Push) {
        // SAFETY: the caller has locked the list.
        let target = unsafe { child.get() };
        let push = if target.kind == Kind::Merge {
            let mut push = push.clone();
            push.outcome
                .get_or_insert_with(|| parent.decided(|| self.now));
            push
        } else {
            let Some(push) = target.receive(parent, push, self.now) else {
                return;
            };
            // ORDERING: Relaxed: who links below it has set `DERIVED` before, and finds it done if that was
            // after what is read here.
            if target.word.load(Ordering::Relaxed) & DERIVED == 0 {
                lock(&target.lists).take_wakers(push.lowering, &mut self.wakers);
                return;
            }
            push
        };
        // SAFETY: as above.
        if let Some(child) = unsafe { child.upgrade() } {
            self.stack.push((child, push));
        }
    }
}
