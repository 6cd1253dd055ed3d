//! A cancellation on its way down.

use std::collections::HashMap;

use super::cancel::Inherited;
use super::{DERIVED, Kind, Node, NodeRef, Push, SWEPT};
use crate::lists::Lists;
use crate::moment::Moment;
use crate::shared::Listed;
use crate::sync::Ordering;
use crate::waker::Wakers;
use crate::word::Locked;

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

    /// Tells all below `root`, which is done and whose `lists` these are, what `push` says.
    #[inline]
    pub(super) fn run(&mut self, root: &Node, lists: Locked<'_, Lists<Node>>, push: &Push) {
        if !self.tell(root, lists, push) {
            self.go_below();
            // ORDERING: Release: who sees it sees all below done.
            root.word.fetch_or(SWEPT, Ordering::Release);
        }
    }

    #[inline(never)]
    fn go_below(&mut self) {
        let (mut merges, mut swept) = (Merges::new(), Vec::new());
        while let Some((node, push)) = self.stack.pop() {
            let Some(push) = self.enter(&node, push, &mut merges) else {
                continue;
            };
            if !self.tell(&node, node.lists(), &push) && !push.lowering {
                swept.push(node);
            }
        }
        for node in swept {
            // ORDERING: as in `run`.
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

    /// Wakes the waiters of `node` and tells its children; whether that is all. If not, the stack has those that
    /// may have children of their own.
    fn tell<'a>(
        &mut self,
        node: &'a Node,
        mut lists: Locked<'a, Lists<Node>>,
        push: &Push,
    ) -> bool {
        let before = self.stack.len();
        lists.take_wakers(push.lowering, &mut self.wakers);
        let (first, mut next) = lists.children();
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
            let all = next.is_none() && self.stack.len() == before;
            lists.unlock(if all && !push.lowering { SWEPT } else { 0 });
            self.wakers.wake();
            if next.is_none() {
                return all;
            }
            lists = node.lists();
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
        // SAFETY: as above.
        let node = || unsafe { child.upgrade() };
        if target.kind == Kind::Merge {
            let mut push = push.clone();
            push.outcome
                .get_or_insert_with(|| parent.decided(|| self.now));
            return self.stack.extend(node().map(|node| (node, push)));
        }
        match target.inherit(push) {
            Inherited::Alone => {}
            // Who links below it later has set `DERIVED` first, or finds it done.
            Inherited::Tells(mut lists) if lists.seen() & DERIVED == 0 => {
                lists.take_wakers(false, &mut self.wakers);
                lists.unlock(SWEPT);
            }
            Inherited::Tells(lists) => {
                drop(lists);
                if let Some(node) = node() {
                    self.stack.push((node, push.further()));
                }
            }
            Inherited::No => {
                if let Some(push) = target.receive_own(parent, push, self.now) {
                    self.stack.extend(node().map(|node| (node, push)));
                }
            }
        }
    }
}
