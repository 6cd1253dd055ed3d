//! Time decides, not who looks: deadlines, merges and graces against cancellations.

use loom::thread::spawn;

use super::{Waiter, cancel, child, deadline, explore, grace, merge, set_clock, why};

/// Excludes a deadline that wins though it came after a cancellation had returned, and a flip for who saw either.
#[test]
fn a_deadline_after_a_cancellation() {
    explore(3, || {
        let root = child(None);
        let node = deadline(Some(&root), 5);
        let one = spawn(move || {
            cancel(&root, "over");
            set_clock(10);
        });
        let two = spawn({
            let node = node.clone();
            move || why(&node)
        });
        one.join().unwrap();
        assert!(two.join().unwrap().is_none_or(|seen| seen == "over"));
        assert_eq!(why(&node).as_deref(), Some("over"));
    });
}

/// Excludes a flip where somebody latches a deadline, and what is below it, while a cancellation that was before it comes down.
#[test]
fn a_deadline_that_passes_while_a_cancellation_comes_down() {
    explore(3, || {
        let root = child(None);
        let waiter = Waiter::wait(&deadline(Some(&root), 5));
        let leaf = child(Some(&waiter.node));
        let one = spawn(move || cancel(&root, "over"));
        let two = spawn({
            let leaf = leaf.clone();
            move || {
                set_clock(7);
                why(&leaf).expect("its deadline has passed")
            }
        });
        let seen = Some(two.join().unwrap());
        one.join().unwrap();
        assert_eq!(why(&waiter.node), seen);
        assert_eq!(why(&leaf), seen);
        waiter.knows();
    });
}

/// Excludes a cancellation that wins though the deadline had passed, unnoticed, before it read the clock.
#[test]
fn a_deadline_that_passed_unnoticed_before_a_cancellation() {
    explore(3, || {
        let root = deadline(None, 5);
        let node = child(Some(&root));
        let one = spawn({
            let node = node.clone();
            move || {
                set_clock(10);
                cancel(&node, "late");
            }
        });
        let two = spawn({
            let node = node.clone();
            move || node.look().is_none_or(|err| err.is_deadline_exceeded())
        });
        one.join().unwrap();
        assert!(two.join().unwrap());
        for node in [node, root] {
            assert!(node.look().is_some_and(|err| err.is_deadline_exceeded()));
        }
    });
}

/// Excludes a flip, and a child with another outcome than its parent, where time passes during a cancellation.
#[test]
fn a_deadline_during_a_cancellation() {
    explore(3, || {
        let root = child(None);
        let middle = deadline(Some(&root), 5);
        let leaf = child(Some(&middle));
        let one = spawn(move || cancel(&root, "over"));
        let two = spawn(|| set_clock(10));
        let three = spawn({
            let (middle, leaf) = (middle.clone(), leaf.clone());
            move || {
                let below = why(&leaf);
                assert!(below.is_none() || why(&middle) == below);
                below
            }
        });
        one.join().unwrap();
        two.join().unwrap();
        let seen = three.join().unwrap();
        assert!(seen.is_none() || why(&leaf) == seen);
        assert_eq!(why(&leaf), why(&middle));
    });
}

/// Excludes a merge that takes the later of two ends, the first of which somebody had seen, and two wake-ups.
#[test]
fn a_merge_whose_parents_are_cancelled_one_after_the_other() {
    explore(2, || {
        let (first, second) = (child(None), child(None));
        let waiter = Waiter::wait(&merge(&first, &second));
        let one = spawn({
            let second = second.clone();
            move || cancel(&second, "sooner")
        });
        let two = spawn(move || {
            let seen = second.is_done();
            if seen {
                set_clock(1);
                cancel(&first, "later");
            }
        });
        one.join().unwrap();
        two.join().unwrap();
        assert_eq!(why(&waiter.node).as_deref(), Some("sooner"));
        waiter.knows();
    });
}

/// Excludes a merge that is done with neither's outcome, or flips between them.
#[test]
fn a_merge_whose_parents_are_cancelled_at_once() {
    explore(2, || {
        let (first, second) = (child(None), child(None));
        let merged = merge(&first, &second);
        let actors = [(first, "first"), (second, "second")].map(|(node, cause)| {
            let merged = merged.clone();
            spawn(move || {
                cancel(&node, cause);
                why(&merged).expect("decided when `cancel` returns")
            })
        });
        let [one, two] = actors.map(|actor| actor.join().unwrap());
        assert_eq!(one, two);
    });
}

/// Excludes a cancellation that returns while a context behind a grace does not know its moment.
#[test]
fn two_cancellations_at_once_above_a_grace() {
    explore(2, || {
        let root = child(None);
        let waiter = Waiter::wait(&child(Some(&grace(&root, 5))));
        let actors = ["one", "two"].map(|cause| {
            let (root, leaf) = (root.clone(), waiter.node.clone());
            spawn(move || {
                cancel(&root, cause);
                assert_eq!(
                    leaf.deadline().to_nanos(),
                    Some(5),
                    "its moment is not known"
                );
                assert!(!leaf.is_done());
            })
        });
        actors.into_iter().for_each(|actor| actor.join().unwrap());
        assert!(waiter.woken.times() > 0, "lost wake-up");
        set_clock(5);
        assert_eq!(why(&waiter.node), why(&root));
    });
}

/// Excludes a flip where a grace ends while the cancellation that began it is under way.
#[test]
fn a_grace_that_ends_while_it_is_pushed() {
    explore(3, || {
        let root = child(None);
        let graced = grace(&root, 5);
        let waiter = Waiter::wait(&child(Some(&graced)));
        let one = spawn(move || cancel(&root, "over"));
        let two = spawn(|| set_clock(10));
        let three = spawn({
            let leaf = waiter.node.clone();
            move || why(&leaf)
        });
        one.join().unwrap();
        two.join().unwrap();
        let seen = three.join().unwrap();
        set_clock(20);
        assert!(seen.is_none_or(|seen| seen == "over"));
        assert_eq!(why(&waiter.node).as_deref(), Some("over"));
        assert_eq!(why(&graced).as_deref(), Some("over"));
        assert!(waiter.woken.times() > 0, "lost wake-up");
    });
}
