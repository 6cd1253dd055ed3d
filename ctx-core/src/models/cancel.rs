//! One outcome, for good, and for all below: cancellations that meet each other, lookers, and the end of nodes.

use loom::thread::spawn;

use super::{
    Waiter, cancel, cancel_plainly, child, deadline, explore, here, merge, said, set_clock, why,
};
use crate::tree::NodeRef;

/// Excludes a flip, and a cancellation that returns while a descendant does not report done.
#[test]
fn two_cancellations_at_once() {
    explore(2, || {
        let root = child(None);
        let middle = child(Some(&root));
        let waiter = Waiter::wait(&child(Some(&middle)));
        let actors = ["one", "two"].map(|cause| {
            let (root, leaf) = (root.clone(), waiter.node.clone());
            spawn(move || {
                cancel(&root, cause);
                why(&leaf).expect("every descendant is done when `cancel` returns")
            })
        });
        let [one, two] = actors.map(|actor| actor.join().unwrap());
        assert_eq!(one, two);
        assert_eq!(why(&root), Some(one));
        assert_eq!(why(&middle), Some(two));
        waiter.knows();
    });
}

/// Excludes a child whose inherited outcome is not its parent's, and one that loses its own.
#[test]
fn a_child_and_its_parent_are_cancelled_at_once() {
    explore(2, || {
        let root = child(None);
        let middle = child(Some(&root));
        let waiter = Waiter::wait(&child(Some(&child(Some(&middle)))));
        let leaf = waiter.node.clone();
        let one = spawn({
            let root = root.clone();
            move || cancel(&root, "root")
        });
        let two = spawn({
            let middle = middle.clone();
            move || {
                cancel(&middle, "middle");
                why(&leaf).expect("every descendant is done when `cancel` returns")
            }
        });
        one.join().unwrap();
        let seen = two.join().unwrap();
        assert_eq!(why(&root).as_deref(), Some("root"));
        assert_eq!(why(&middle), Some(seen.clone()));
        assert_eq!(why(&waiter.node), Some(seen));
        waiter.knows();
    });
}

/// The same for outcomes that no error is made of until somebody asks.
#[test]
fn a_child_and_its_parent_are_cancelled_plainly() {
    explore(2, || {
        let root = child(None);
        let middle = child(Some(&root));
        let waiter = Waiter::wait(&child(Some(&middle)));
        let actors = [(&root, here()), (&middle, here())].map(|(node, place)| {
            let (node, leaf) = (node.clone(), waiter.node.clone());
            spawn(move || {
                cancel_plainly(&node, place);
                why(&leaf)
            })
        });
        let [above, below] = actors.map(|actor| actor.join().unwrap());
        assert!(
            above.is_some(),
            "every descendant is done when `cancel` returns"
        );
        assert_eq!(above, below);
        assert_eq!(why(&middle), above);
        assert_eq!(why(&waiter.node), above);
        waiter.knows();
    });
}

/// Excludes a flip between those who latch what they find further up, at two levels at once.
#[test]
fn several_look_while_an_ancestor_is_cancelled() {
    explore(2, || {
        let root = child(None);
        let middle = child(Some(&root));
        let leaf = child(Some(&middle));
        let one = spawn(move || cancel(&root, "root"));
        let two = spawn({
            let leaf = leaf.clone();
            move || why(&leaf)
        });
        let three = spawn({
            let middle = middle.clone();
            move || cancel(&middle, "middle")
        });
        one.join().unwrap();
        let seen = two.join().unwrap();
        three.join().unwrap();
        assert!(seen.is_none() || why(&leaf) == seen);
        assert_eq!(why(&leaf), why(&middle));
        assert!(matches!(why(&leaf).as_deref(), Some("root" | "middle")));
    });
}

/// Excludes an outcome that is seen before what belongs to it.
#[test]
fn a_cancellation_is_dated_before_it_is_seen() {
    explore(3, || {
        set_clock(5);
        let root = child(None);
        let cancels = spawn({
            let root = root.clone();
            move || cancel_plainly(&root, here())
        });
        let looks = spawn(move || root.look().map(|err| err.at().to_nanos()));
        cancels.join().unwrap();
        let seen = looks.join().unwrap();
        assert!(seen.is_none() || seen == Some(Some(5)));
    });
}

/// Excludes a flip by whoever looks first at a context whose canceller was dropped.
#[test]
fn a_dropped_canceller_is_looked_at_by_several() {
    explore(3, || {
        let root = child(None);
        let one = spawn({
            let root = root.clone();
            move || {
                root.drop_canceller();
                set_clock(1);
            }
        });
        let look = |root: &NodeRef| root.look().map(|err| (said(&err), err.at()));
        let lookers = [root.clone(), root.clone()].map(|root| spawn(move || look(&root)));
        one.join().unwrap();
        let seen = lookers.map(|looker| looker.join().unwrap());
        set_clock(2);
        for seen in seen {
            assert!(seen.is_none() || seen == look(&root));
        }
        assert!(look(&root).is_some());
    });
}

/// Excludes that a push replaces the end that a linked child had before, though nobody had looked at it.
#[test]
fn a_dropped_canceller_of_a_linked_child_and_a_cancellation_above() {
    explore(3, || {
        let root = child(None);
        let node = (0..9).fold(root.clone(), |above, _| child(Some(&above)));
        let one = spawn({
            let node = node.clone();
            move || {
                node.drop_canceller();
                node.is_done()
            }
        });
        let two = spawn(move || {
            let before = node.is_done();
            cancel(&root, "root");
            (before, node)
        });
        assert!(one.join().unwrap());
        let (before, node) = two.join().unwrap();
        let why = why(&node).expect("done");
        assert!(!before || why != "root", "it was done before");
    });
}

/// Excludes a drop that is dated when a child looks, after the child's own deadline.
#[test]
fn a_canceller_is_dropped_while_a_child_with_a_deadline_is_born() {
    explore(4, || {
        let root = child(None);
        let one = spawn({
            let root = root.clone();
            move || root.drop_canceller()
        });
        let two = spawn(move || deadline(Some(&root), 5));
        one.join().unwrap();
        let node = two.join().unwrap();
        set_clock(10);
        assert!(node.look().is_some_and(|err| err.is_cancelled()));
    });
}

/// Excludes the use of a node after its end, and a descendant that is missed because one in between is dropped.
#[test]
fn nodes_are_dropped_during_a_cancellation() {
    explore(3, || {
        let root = child(None);
        let middle = child(Some(&root));
        let waiter = Waiter::wait(&child(Some(&middle)));
        let brief = Waiter::wait(&child(Some(&root)));
        let one = spawn(move || cancel(&root, "over"));
        let two = spawn(move || drop(middle));
        let three = spawn(move || drop(brief));
        one.join().unwrap();
        two.join().unwrap();
        three.join().unwrap();
        waiter.knows();
    });
}

/// Excludes the use of a merge after its end: it leaves two lists.
#[test]
fn a_merge_is_dropped_while_a_parent_is_cancelled() {
    for second_is_cancelled in [false, true] {
        explore(3, move || {
            let (first, second) = (child(None), child(None));
            let node = merge(&first, &second);
            let cancelled = if second_is_cancelled { second } else { first };
            let one = spawn(move || cancel(&cancelled, "over"));
            let two = spawn(move || drop(node));
            one.join().unwrap();
            two.join().unwrap();
        });
    }
}
