//! A cancellation on its way down.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{Kind, Node, NodeRef, Push, SWEPT};
use crate::error::Error;
use crate::moment::Moment;
use crate::sync::{Ordering, lock_seen as lock};
use crate::waker::Wakers;

/// Children that are told in one go, under their parent's lock.
const BATCH: usize = 128;

/// Visits all that is linked below a node. It recurses nowhere: what has children of its own goes on a stack.
pub(super) struct Sweep {
    now: Moment,
    stack: Vec<(NodeRef, Push<'static>)>,
    /// Taken from lists, to be woken under no lock.
    wakers: Wakers,
    /// A merge has two ways in; each further one would double the visits below it. They are held, so
    /// that no other merge comes to have the address. Few trees have any.
    merges: Option<HashMap<(usize, Option<Moment>), NodeRef>>,
    swept: Vec<NodeRef>,
}

impl Sweep {
    pub(super) fn new(now: Moment) -> Self {
        Sweep {
            now,
            stack: Vec::new(),
            wakers: Wakers::default(),
            merges: None,
            swept: Vec::new(),
        }
    }

    /// Tells all below `root`, which is done with what `push` says.
    pub(super) fn run(mut self, root: &Node, push: Push<'_>) {
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
    fn enter(&mut self, node: &NodeRef, push: Push<'static>) -> Option<Push<'static>> {
        if node.kind != Kind::Merge {
            return Some(push);
        }
        let way = push.lowering.then(|| push.outcome.at());
        let merges = self.merges.get_or_insert_default();
        let before = merges.insert((node.address(), way), node.clone());
        if before.is_some() {
            return None;
        }
        Some(node.receive(&push, self.now)?.into_owned())
    }

    /// Wakes the waiters of `node` and tells its children; whether it has any.
    fn tell(&mut self, node: &Node, push: &Push<'_>) -> bool {
        let mut any = false;
        let mut next = Some(0);
        while let Some(place) = next {
            let mut lists = lock(&node.lists);
            if place == 0 {
                lists.take_wakers(push.lowering, &mut self.wakers);
            }
            for child in lists.children(&mut next, BATCH) {
                any = true;
                // SAFETY: the list that it is in is locked until the loop ends.
                let target = unsafe { child.get() };
                let Some(push) = self.tell_one(target, push) else {
                    continue;
                };
                // SAFETY: as above.
                if let Some(child) = unsafe { child.upgrade() } {
                    self.stack.push((child, push));
                }
            }
            drop(lists);
            self.wakers.wake();
        }
        any
    }

    /// Tells a child under its parent's lock, and takes its wakers; what its own children are to be
    /// told later.
    #[inline]
    fn tell_one(&mut self, target: &Node, push: &Push<'_>) -> Option<Push<'static>> {
        if target.kind == Kind::Merge {
            return Some(push.to_owned());
        }
        let push = target.receive(push, self.now)?;
        let mut lists = lock(&target.lists);
        lists.take_wakers(push.lowering, &mut self.wakers);
        let more = lists.has_children();
        drop(lists);
        more.then(|| push.into_owned())
    }
}

impl Push<'_> {
    fn to_owned(&self) -> Push<'static> {
        Push {
            outcome: Cow::Owned(Error::clone(&self.outcome)),
            ..*self
        }
    }

    fn into_owned(self) -> Push<'static> {
        Push {
            outcome: Cow::Owned(self.outcome.into_owned()),
            ..self
        }
    }
}
