//! Races on real threads: whatever the interleaving, no wake-up is lost and nothing happens twice.
//!
//! Each runs some thousand times; `CTX_STRESS=1000000 cargo test --release -p ctx-tests --test it
//! stress` runs a million.

use std::{
    future,
    hint::spin_loop,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use ctx_core::{Canceller, Ctx};

use crate::support::{WakeCount, block_on, cause, outcome, poll_with};

fn rounds() -> usize {
    let given = std::env::var("CTX_STRESS")
        .ok()
        .and_then(|rounds| rounds.parse().ok());
    given.unwrap_or(2_000)
}

/// Two threads that start each round together, the second a varying while after the first.
fn race<S: Sync>(
    make: impl Fn() -> S,
    one: impl Fn(&S) + Sync,
    two: impl Fn(&S) + Sync,
    check: impl Fn(S),
) {
    for round in 0..rounds() {
        let (shared, ready) = (make(), AtomicUsize::new(0));
        let meet = |delay: usize| {
            ready.fetch_add(1, Ordering::AcqRel);
            while ready.load(Ordering::Acquire) < 2 {
                spin_loop();
                thread::yield_now();
            }
            (0..delay).for_each(|_| spin_loop());
        };
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                meet(round % 7 * 10);
                one(&shared);
            });
            meet(round % 5 * 10);
            two(&shared);
            // By hand: ThreadSanitizer does not see the scope's own waiting.
            other.join().expect("the other thread has said why");
        });
        check(shared);
    }
}

fn tree() -> (Ctx, Canceller, Ctx) {
    let (root, cancel) = Ctx::background().with_cancel();
    let (child, cancel_child) = root.with_cancel();
    cancel_child.detach();
    (root, cancel, child)
}

#[test]
fn cancel_against_registration() {
    race(
        tree,
        |(_, cancel, _)| cancel.cancel_with("over"),
        |(_, _, child)| assert_eq!(cause(&block_on(child.done())), "over"),
        |(root, ..)| assert_eq!(cause(&outcome(&root)), "over"),
    );
}

#[test]
fn cancel_against_derivation_and_registration_below() {
    race(
        tree,
        |(_, cancel, _)| cancel.cancel_with("over"),
        |(root, _, child)| {
            let (leaf, _cancel) = child.with_cancel();
            let merged = root.with_grace(std::time::Duration::ZERO).merge(&leaf);
            assert_eq!(cause(&block_on(merged.done())), "over");
            assert_eq!(cause(&block_on(leaf.done())), "over");
        },
        drop,
    );
}

#[test]
fn cancel_against_the_drop_of_a_waiter() {
    race(
        tree,
        |(_, cancel, _)| cancel.cancel(),
        |(_, _, child)| {
            let (_, waker) = WakeCount::new();
            let (mut done, mut other) = (child.done(), child.done());
            let _ = poll_with(&mut done, &waker);
            let _ = poll_with(&mut other, &waker);
            drop(done);
            block_on(other);
        },
        drop,
    );
}

#[test]
fn cancel_against_a_change_of_wakers() {
    race(
        tree,
        |(_, cancel, _)| cancel.cancel(),
        |(_, _, child)| {
            let mut race = Box::pin(child.run(child.run(future::pending::<()>())));
            for _ in 0..3 {
                let (_, waker) = WakeCount::new();
                if poll_with(&mut race, &waker).is_ready() {
                    return;
                }
            }
            assert!(block_on(race).and_then(|inner| inner).is_err());
        },
        drop,
    );
}

#[test]
fn cancel_against_cancel() {
    race(
        tree,
        |(_, cancel, _)| cancel.cancel_with("one"),
        |(_, cancel, _)| cancel.cancel_with("two"),
        |(root, _, child)| {
            assert_eq!(cause(&outcome(&root)), cause(&outcome(&child)));
        },
    );
}

#[test]
fn cancel_of_a_child_against_cancel_of_its_parent() {
    race(
        || {
            let (root, cancel) = Ctx::background().with_cancel();
            let (child, cancel_child) = root.with_cancel();
            let (leaf, cancel_leaf) = child.with_cancel();
            cancel_leaf.detach();
            (cancel, child, cancel_child, leaf)
        },
        |(cancel, ..)| cancel.cancel_with("parent"),
        |(_, child, cancel_child, leaf)| {
            cancel_child.cancel_with("child");
            let first = cause(&outcome(leaf));
            assert_eq!(first, cause(&outcome(child)));
            assert_eq!(first, cause(&outcome(leaf)), "once and for good");
        },
        |(_, child, _, leaf)| assert_eq!(cause(&outcome(&child)), cause(&outcome(&leaf))),
    );
}

#[test]
fn the_last_two_cancellers_dropped_at_once() {
    race(
        || {
            let (ctx, cancel) = Ctx::background().with_cancel();
            let clone = cancel.clone();
            (
                ctx,
                [cancel, clone].map(|cancel| std::sync::Mutex::new(Some(cancel))),
            )
        },
        |(_, cancellers)| drop(cancellers[0].lock().expect("no panic").take()),
        |(ctx, cancellers)| {
            drop(cancellers[1].lock().expect("no panic").take());
            block_on(ctx.done());
        },
        drop,
    );
}

#[test]
fn stop_against_cancel() {
    race(
        || {
            let (root, cancel, child) = tree();
            let (send, calls) = mpsc::channel();
            let after = child.after_done(move |_| send.send(()).expect("the test waits"));
            let after = std::sync::Mutex::new((Some(after), false));
            (root, cancel, after, std::sync::Mutex::new(calls))
        },
        |(_, cancel, ..)| cancel.cancel(),
        |(_, _, after, _)| {
            let mut after = after.lock().expect("no panic");
            after.1 = after.0.take().expect("there").stop();
        },
        |(_, _, after, calls)| {
            let calls = calls.into_inner().expect("no panic").iter().count();
            assert_eq!(calls, usize::from(!after.into_inner().expect("no panic").1));
        },
    );
}

#[test]
fn cancel_against_the_drop_of_the_contexts_in_between() {
    race(
        || {
            let (root, cancel, child) = tree();
            let (leaf, cancel_leaf) = child.with_cancel();
            cancel_leaf.detach();
            (std::sync::Mutex::new(Some((root, child))), cancel, leaf)
        },
        |(_, cancel, _)| cancel.cancel_with("over"),
        |(between, _, leaf)| {
            drop(between.lock().expect("no panic").take());
            assert_eq!(cause(&block_on(leaf.done())), "over");
        },
        drop,
    );
}
