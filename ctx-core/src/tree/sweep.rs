//! A cancellation on its way down.

use std::collections::HashMap;
use std::task::Waker;

use super::{Kind, Node, NodeRef, Push, SWEPT};
use crate::moment::Moment;
use crate::sync::{Ordering, lock_seen as lock};
use crate::waker::wake;

/// Children that are told in one go, under their parent's lock.
const BATCH: usize = 128;

/// Visits all that is linked below a node. It recurses nowhere: what has children of its own goes on a stack.
pub(super) struct Sweep {
    now: Moment,
    stack: Vec<(NodeRef, Push)>,
    /// Taken from lists, to be woken under no lock.
    wakers: Vec<Waker>,
    /// A merge has two ways in; each further one would double the visits below it. They are held, so
    /// that no other merge comes to have the address.
    merges: HashMap<(usize, Option<Moment>), NodeRef>,
    swept: Vec<NodeRef>,
}

impl Sweep {
    pub(super) fn new(now: Moment) -> Self {
        Sweep {
            now,
            stack: Vec::new(),
            wakers: Vec::new(),
            merges: HashMap::new(),
            swept: Vec::new(),
        }
    }

    /// Tells all below `root`, which is done with what `push` says.
    pub(super) fn run(mut self, root: &Node, push: Push) {
        self.tell(root, &push);
        while let Some((node, push)) = self.stack.pop() {
            let Some(push) = self.enter(&node, push) else {
                continue;
            };
            if self.tell(&node, &push) && !push.lowering {
                self.swept.push(node);
            }
        }
        for node in self.swept {
            // ORDERING: Release: who sees it sees all below done.
            node.word.fetch_or(SWEPT, Ordering::Release);
        }
    }

    /// What the children of a node from the stack are told. A merge has not been told itself: it
    /// looks at its other parent, whose lock may be held where the first one's list is walked.
    fn enter(&mut self, node: &NodeRef, push: Push) -> Option<Push> {
        if node.kind != Kind::Merge {
            return Some(push);
        }
        let way = push.lowering.then(|| push.outcome.at());
        if self
            .merges
            .insert((node.address(), way), node.clone())
            .is_some()
        {
            return None;
        }
        Some(node.receive(&push, self.now)?.into_owned())
    }

    /// Wakes the waiters of `node` and tells its children; whether it has any.
    fn tell(&mut self, node: &Node, push: &Push) -> bool {
        let mut next = 0;
        let mut any = false;
        loop {
            let mut lists = lock(&node.lists);
            if next == 0 {
                lists.take_wakers(push.lowering, &mut self.wakers);
            }
            let mut more = false;
            for child in lists.children(&mut next, BATCH) {
                more = true;
                // SAFETY: the list that it is in is locked until the loop ends.
                let target = unsafe { child.get() };
                let push = if target.kind == Kind::Merge {
                    push.clone()
                } else {
                    let Some(push) = target.receive(push, self.now) else {
                        continue;
                    };
                    let mut lists = lock(&target.lists);
                    lists.take_wakers(push.lowering, &mut self.wakers);
                    if !lists.has_children() {
                        continue;
                    }
                    push.into_owned()
                };
                // SAFETY: as above.
                if let Some(child) = unsafe { child.upgrade() } {
                    self.stack.push((child, push));
                }
            }
            drop(lists);
            self.wakers.drain(..).for_each(wake);
            any |= more;
            if !more {
                return any;
            }
        }
    }
}
