//! Nothing slips by: waiters and links that come or go during a cancellation.

use std::sync::Arc;

use loom::thread::{JoinHandle, spawn};

use super::{Waiter, Woken, cancel, child, explore, grace, merge, unregister, why};
use crate::tree::{Node, NodeRef};

/// Excludes a lost wake-up, and two for one registration.
#[test]
fn a_waiter_that_comes_during_a_cancellation() {
    explore(4, || {
        let root = child(None);
        let one = spawn({
            let root = root.clone();
            move || cancel(&root, "over")
        });
        let two = spawn(move || Waiter::wait(&root));
        one.join().unwrap();
        two.join().unwrap().knows();
    });
}

/// Excludes a lost wake-up of the waker that stands last.
#[test]
fn a_waker_that_is_replaced_during_a_cancellation() {
    explore(4, || {
        let root = child(None);
        let (old, waker) = Woken::waker();
        let key = Node::register(&root, &waker).ok().unwrap().key;
        let one = spawn({
            let root = root.clone();
            move || cancel(&root, "over")
        });
        let two = spawn({
            let root = root.clone();
            move || {
                let (new, waker) = Woken::waker();
                (new, root.replace(key, waker))
            }
        });
        one.join().unwrap();
        let (new, replaced) = two.join().unwrap();
        match replaced {
            Err(_) => assert!(root.is_done()),
            Ok(_) => assert_eq!((old.times(), new.times()), (0, 1), "lost wake-up"),
        }
    });
}

/// A waiter of `node` goes, and tells whether it has got its waker back.
fn goes(node: NodeRef) -> (Arc<Woken>, JoinHandle<bool>) {
    let (woken, waker) = Woken::waker();
    let key = Node::register(&node, &waker).ok().unwrap().key;
    (woken, spawn(move || unregister(&node, key).is_some()))
}

/// A waiter of `node` goes during the cancellation of `root`: either it gets its waker back, or that is woken.
fn goes_during_a_cancellation(root: NodeRef, node: NodeRef) {
    let (woken, one) = goes(node);
    let two = spawn(move || cancel(&root, "over"));
    let got_back = one.join().unwrap();
    two.join().unwrap();
    assert_eq!(woken.times(), usize::from(!got_back));
}

/// Excludes a waker that is called after its owner has got it back, and one that is lost.
#[test]
fn a_waiter_that_goes_during_a_cancellation() {
    explore(4, || {
        let root = child(None);
        goes_during_a_cancellation(root.clone(), root);
    });
}

/// Excludes the same below, where the waiter's own context is told by its parent.
#[test]
fn a_waiter_below_goes_during_a_cancellation() {
    explore(3, || {
        let root = child(None);
        let leaf = child(Some(&root));
        goes_during_a_cancellation(root, leaf);
    });
}

/// Excludes the same where the wakers are taken to look again.
#[test]
fn a_waiter_that_goes_while_a_grace_begins() {
    explore(3, || {
        let root = child(None);
        let node = child(Some(&grace(&root, 5)));
        goes_during_a_cancellation(root, node);
    });
}

/// Excludes one that takes the waker of another along, or leaves its own behind.
#[test]
fn a_waiter_goes_while_another_comes_during_a_cancellation() {
    explore(2, || {
        let root = child(None);
        let (woken, one) = goes(root.clone());
        let two = spawn({
            let root = root.clone();
            move || Waiter::wait(&root)
        });
        let three = spawn(move || cancel(&root, "over"));
        let got_back = one.join().unwrap();
        let waiter = two.join().unwrap();
        three.join().unwrap();
        assert_eq!(woken.times(), usize::from(!got_back));
        waiter.knows();
    });
}

/// Excludes the same for a child that comes.
#[test]
fn a_waiter_goes_while_a_child_comes() {
    explore(4, || {
        let root = child(None);
        let (woken, one) = goes(root.clone());
        let two = spawn({
            let root = root.clone();
            move || Waiter::wait(&child(Some(&root)))
        });
        assert!(one.join().unwrap(), "nobody else takes it");
        let waiter = two.join().unwrap();
        cancel(&root, "over");
        waiter.knows();
        assert_eq!(woken.times(), 0);
    });
}

/// Excludes a lost wake-up below a child that is created, and linked, during the cancellation.
#[test]
fn a_child_that_is_born_and_waited_for_during_a_cancellation() {
    explore(3, || {
        let root = child(None);
        let one = spawn({
            let root = root.clone();
            move || cancel(&root, "over")
        });
        let two = spawn(move || {
            let middle = child(Some(&root));
            let leaf = child(Some(&middle));
            Waiter::wait(&leaf)
        });
        one.join().unwrap();
        let waiter = two.join().unwrap();
        waiter.knows();
        assert_eq!(why(&waiter.node).as_deref(), Some("over"));
    });
}

/// Excludes a node that is taken for linked while it is not, or is linked twice, by two that link it at once.
#[test]
fn two_link_one_node_during_a_cancellation() {
    explore(1, || {
        let root = child(None);
        let leaf = child(Some(&root));
        let one = spawn(move || cancel(&root, "over"));
        let waiters = [leaf.clone(), leaf].map(|leaf| spawn(move || Waiter::wait(&leaf)));
        one.join().unwrap();
        for waiter in waiters {
            waiter.join().unwrap().knows();
        }
    });
}

/// Excludes an entry that is made twice, the first of which would outlive its node.
#[test]
fn two_link_one_node_that_is_dropped_before_a_cancellation() {
    explore(3, || {
        let root = child(None);
        let leaf = child(Some(&root));
        let waiters = [leaf.clone(), leaf].map(|leaf| spawn(move || Waiter::wait(&leaf)));
        for waiter in waiters {
            drop(waiter.join().unwrap());
        }
        cancel(&root, "over");
    });
}

/// Excludes a chain whose lower part is taken for linked before its upper part is.
#[test]
fn two_link_one_chain_during_a_cancellation() {
    explore(1, || {
        let root = child(None);
        let middle = child(Some(&root));
        let leaf = child(Some(&middle));
        let one = spawn(move || cancel(&root, "over"));
        let two = spawn(move || Waiter::wait(&middle));
        let three = spawn(move || Waiter::wait(&leaf));
        one.join().unwrap();
        two.join().unwrap().knows();
        three.join().unwrap().knows();
    });
}

/// Excludes a lost wake-up where the parent is done without a push: its canceller was dropped.
#[test]
fn the_last_canceller_is_dropped_while_somebody_comes() {
    explore(2, || {
        let root = child(None);
        root.add_canceller();
        let drops = [root.clone(), root.clone()].map(|root| {
            spawn(move || {
                root.drop_canceller();
            })
        });
        let waiter = spawn(move || Waiter::wait(&root));
        for dropped in drops {
            dropped.join().unwrap();
        }
        waiter.join().unwrap().knows();
    });
}

/// Excludes the same for a waiter below.
#[test]
fn the_last_canceller_is_dropped_while_somebody_comes_below() {
    explore(3, || {
        let root = child(None);
        let one = spawn({
            let root = root.clone();
            move || root.drop_canceller()
        });
        let waiter = spawn(move || Waiter::wait(&child(Some(&root))));
        one.join().unwrap();
        waiter.join().unwrap().knows();
    });
}

/// Excludes a cancellation by a canceller that was not the last, and none by the last.
#[test]
fn a_canceller_is_cloned_while_another_is_dropped() {
    explore(4, || {
        let root = child(None);
        root.add_canceller();
        let waiter = Waiter::wait(&root);
        let one = spawn({
            let root = root.clone();
            move || root.drop_canceller()
        });
        let two = spawn({
            let root = root.clone();
            move || {
                root.add_canceller();
                root.drop_canceller();
                assert!(!root.is_done());
                root.drop_canceller();
            }
        });
        one.join().unwrap();
        two.join().unwrap();
        waiter.knows();
    });
}

/// Excludes a lost wake-up where a canceller finds nobody in lists that were used.
#[test]
fn a_waiter_comes_where_one_has_gone_during_a_cancellation() {
    explore(3, || {
        let root = child(None);
        drop(Waiter::wait(&root));
        let one = spawn({
            let root = root.clone();
            move || cancel(&root, "over")
        });
        let two = spawn(move || Waiter::wait(&child(Some(&root))));
        one.join().unwrap();
        two.join().unwrap().knows();
    });
}

/// Excludes a cancellation by a canceller that was detached through its clone.
#[test]
fn one_canceller_is_detached_while_its_clone_is_dropped() {
    explore(4, || {
        let root = child(None);
        root.add_canceller();
        let one = spawn({
            let root = root.clone();
            move || root.detach()
        });
        let two = spawn({
            let root = root.clone();
            move || root.drop_canceller()
        });
        one.join().unwrap();
        two.join().unwrap();
        assert!(!root.is_done());
    });
}

/// Excludes a lost wake-up of a merge that is born while either parent is cancelled.
#[test]
fn a_merge_that_is_born_during_a_cancellation() {
    for second_is_cancelled in [false, true] {
        explore(2, move || {
            let (first, second) = (child(None), child(None));
            let one = spawn({
                let first = first.clone();
                let second = second.clone();
                move || cancel(if second_is_cancelled { &second } else { &first }, "over")
            });
            let two = spawn(move || Waiter::wait(&merge(&first, &second)));
            one.join().unwrap();
            two.join().unwrap().knows();
        });
    }
}

/// Excludes a waiter that neither is woken nor can know its moment, behind a grace that is born meanwhile.
#[test]
fn a_grace_that_is_born_during_a_cancellation() {
    explore(2, || {
        let root = child(None);
        let one = spawn({
            let root = root.clone();
            move || cancel(&root, "over")
        });
        let two = spawn(move || {
            let node = child(Some(&grace(&root, 5)));
            let waiter = Waiter::wait(&node);
            // What it would arm its timer for.
            (node.deadline(), waiter)
        });
        one.join().unwrap();
        let (seen, waiter) = two.join().unwrap();
        assert!(!seen.is_never() || waiter.woken.times() > 0, "lost wake-up");
        assert_eq!(waiter.node.deadline().to_nanos(), Some(5));
        assert!(!waiter.node.is_done());
    });
}

/// Excludes a waker that is put back too late to be woken and too early to know, in the slot and in the slab.
#[test]
fn a_waker_that_is_replaced_while_a_grace_begins() {
    for others in [0, 1] {
        explore(3, move || {
            let root = child(None);
            let node = child(Some(&grace(&root, 5)));
            let others: Vec<_> = (0..others).map(|_| Waiter::wait(&node)).collect();
            let (_, waker) = Woken::waker();
            let key = Node::register(&node, &waker).ok().unwrap().key;
            let one = spawn(move || cancel(&root, "over"));
            let two = spawn({
                let node = node.clone();
                move || {
                    let (new, waker) = Woken::waker();
                    let replaced = node.replace(key, waker);
                    assert!(replaced.is_ok(), "the grace is not over");
                    (node.deadline(), new)
                }
            });
            one.join().unwrap();
            let (seen, new) = two.join().unwrap();
            assert!(!seen.is_never() || new.times() > 0, "lost wake-up");
            cancel(&node, "at once");
            assert!(new.times() > 0, "it has lost its place");
            drop(unregister(&node, key));
            drop(others);
        });
    }
}

/// Excludes a place that is given to another while its waker is lent.
#[test]
fn a_waiter_comes_while_a_grace_begins_for_another() {
    explore(3, || {
        let root = child(None);
        let node = child(Some(&grace(&root, 5)));
        let (_, waker) = Woken::waker();
        let key = Node::register(&node, &waker).ok().unwrap().key;
        let one = spawn(move || cancel(&root, "over"));
        let two = spawn({
            let node = node.clone();
            move || Waiter::wait(&node)
        });
        one.join().unwrap();
        let waiter = two.join().unwrap();
        let (new, waker) = Woken::waker();
        assert!(node.replace(key, waker).is_ok(), "the grace is not over");
        cancel(&node, "at once");
        assert_eq!(new.times(), 1);
        assert!(waiter.woken.times() > 0, "lost wake-up");
        drop(unregister(&node, key));
    });
}
