//! Two at once on one tree: no wake-up is lost, nothing hangs, nothing happens twice.
//!
//! Some thousand races of each kind; CONTRIBUTING has the command for a million. That they notice was tried: where a
//! newcomer does not look whether the context is done by now, a thread that waits hangs.

use std::{
    future::pending,
    sync::{Mutex, mpsc},
    time::Duration,
};

use ctx_core::{Canceller, Ctx, Error};
use tokio::time::Instant;

use crate::{
    pair::race,
    waiter::{FOREVER, Waiter},
};

/// The text of a cause that is one.
#[track_caller]
fn cause(err: &Error) -> String {
    err.cause().expect("it has a cause").to_string()
}

fn detached(parent: &Ctx) -> Ctx {
    let (child, cancel) = parent.with_cancel();
    cancel.detach();
    child
}

fn tree(_round: usize) -> (Ctx, Canceller, Ctx) {
    let (root, cancel) = Ctx::background().with_cancel();
    let child = detached(&root);
    (root, cancel, child)
}

#[track_caller]
fn why(ctx: &Ctx) -> String {
    cause(&ctx.err().expect("it is done"))
}

/// Whether it was not done yet; it has the outcome when this returns.
fn waits(ctx: &Ctx) -> bool {
    let waiter = Waiter::wait(ctx);
    let waited = waiter.is_some();
    drop(waiter.map(Waiter::finish));
    assert_eq!(why(ctx), "over");
    waited
}

#[test]
fn cancel_against_creation() {
    race(
        |round| (tree(round), round, Mutex::new(None)),
        |((_, cancel, _), ..)| cancel.cancel_with("over"),
        |((root, _, child), round, made)| {
            let born = match round % 6 {
                0 => detached(child),
                1 => child.with_timeout(FOREVER),
                2 => child.with_grace(Duration::ZERO),
                3 => child.merge(root),
                4 => child.with_timeout(FOREVER).merge(&detached(root)),
                _ => detached(&detached(
                    &root.with_grace(Duration::ZERO).with_timeout(FOREVER),
                )),
            };
            let first = !born.is_done();
            *made.lock().expect("no panic") = Some(born);
            first
        },
        |(_, _, made)| {
            assert_eq!(
                why(&made.into_inner().expect("no panic").expect("made")),
                "over"
            )
        },
    );
}

#[test]
fn cancel_against_registration() {
    race(
        tree,
        |(_, cancel, _)| cancel.cancel_with("over"),
        |(_, _, child)| waits(child),
        |(root, ..)| assert_eq!(why(&root), "over"),
    );
}

#[test]
fn cancel_against_creation_and_registration_below() {
    race(
        tree,
        |(_, cancel, _)| cancel.cancel_with("over"),
        |(root, _, child)| {
            let leaf = detached(child);
            let merged = root.with_grace(Duration::ZERO).merge(&leaf);
            let first = waits(&merged);
            waits(&leaf);
            first
        },
        drop,
    );
}

#[test]
fn cancel_against_registration_by_a_thread() {
    race(
        tree,
        |(_, cancel, _)| cancel.cancel_with("over"),
        |(_, _, child)| {
            let first = !child.is_done();
            let err = child.wait_blocking(FOREVER).expect("lost wake-up");
            assert_eq!(cause(&err), "over");
            first
        },
        drop,
    );
}

#[test]
fn cancel_against_the_drop_of_a_waiter() {
    race(
        |round| {
            let (_, cancel, child) = tree(round);
            let leaving = Waiter::wait(&child);
            let staying = Waiter::wait(&child);
            (cancel, child, Mutex::new((leaving, staying)))
        },
        |(cancel, ..)| cancel.cancel_with("over"),
        |(_, child, waiters)| {
            let (leaving, staying) = &mut *waiters.lock().expect("no panic");
            drop(leaving.take());
            let first = !child.is_done();
            staying.take().expect("it was pending").finish();
            first
        },
        drop,
    );
}

#[test]
fn cancel_against_a_change_of_wakers() {
    race(
        |round| {
            let (_, cancel, child) = tree(round);
            let within = child.clone();
            let race = child.run_owned(async move { within.run(pending::<()>()).await });
            let waiter = Waiter::new(Box::pin(race)).ok();
            (cancel, Mutex::new(waiter))
        },
        |(cancel, _)| cancel.cancel_with("over"),
        |(_, waiter)| {
            let waiter = waiter.lock().expect("no panic").take();
            match Waiter::new(waiter.expect("it was pending").future) {
                Ok(waiter) => {
                    assert!(waiter.finish().and_then(|inner| inner).is_err());
                    true
                }
                Err(_) => false,
            }
        },
        drop,
    );
}

#[test]
fn cancel_against_the_drop_of_the_contexts_in_between() {
    race(
        |round| {
            let (root, cancel, child) = tree(round);
            let leaf = detached(&child);
            let waiter = Waiter::wait(&leaf);
            (cancel, leaf, Mutex::new(Some((root, child, waiter))))
        },
        |(cancel, ..)| cancel.cancel_with("over"),
        |(_, leaf, between)| {
            let between = between.lock().expect("no panic").take();
            let (root, child, waiter) = between.expect("there");
            drop((root, child));
            let first = !leaf.is_done();
            let err = waiter.expect("it was pending").finish();
            assert_eq!(cause(&err), "over");
            first
        },
        drop,
    );
}

#[test]
fn cancel_against_the_drop_of_what_is_derived() {
    race(
        |round| {
            let (root, cancel, child) = tree(round);
            let derived = root
                .merge(&child)
                .with_grace(Duration::ZERO)
                .merge(&detached(&child));
            let waiter = Waiter::wait(&derived);
            (root, cancel, Mutex::new(Some((derived, waiter, child))))
        },
        |(_, cancel, _)| cancel.cancel_with("over"),
        |(root, _, derived)| {
            drop(derived.lock().expect("no panic").take());
            !root.is_done()
        },
        |(root, ..)| assert_eq!(why(&detached(&root)), "over"),
    );
}

#[test]
fn cancel_against_cancel() {
    race(
        tree,
        |(_, cancel, _)| cancel.cancel_with("one"),
        |(_, cancel, child)| {
            cancel.cancel_with("two");
            why(child) == "two"
        },
        |(root, _, child)| assert_eq!(why(&root), why(&child)),
    );
}

#[test]
fn cancel_of_a_child_against_cancel_of_its_parent() {
    race(
        |_| {
            let (root, cancel) = Ctx::background().with_cancel();
            let (child, cancel_child) = root.with_cancel();
            let leaf = detached(&child);
            let waiter = Waiter::wait(&leaf);
            (cancel, child, cancel_child, leaf, Mutex::new(waiter))
        },
        |(cancel, ..)| cancel.cancel_with("parent"),
        |(_, child, cancel_child, leaf, _)| {
            cancel_child.cancel_with("child");
            let first = why(leaf);
            assert_eq!(first, why(child));
            assert_eq!(first, why(leaf), "once and for good");
            first == "child"
        },
        |(_, child, _, leaf, waiter)| {
            let waiter = waiter.into_inner().expect("no panic");
            let told = waiter.expect("it was pending").finish();
            assert_eq!(cause(&told), why(&leaf));
            assert_eq!(why(&child), why(&leaf));
        },
    );
}

#[test]
fn cancel_of_one_side_of_a_merge_against_cancel_of_the_other() {
    race(
        |_| {
            let (one, cancel_one) = Ctx::background().with_cancel();
            let (two, cancel_two) = Ctx::background().with_cancel();
            let leaf = detached(&one.merge(&two));
            let waiter = Waiter::wait(&leaf);
            (cancel_one, cancel_two, leaf, Mutex::new(waiter))
        },
        |(cancel, ..)| cancel.cancel_with("one"),
        |(_, cancel, leaf, _)| {
            cancel.cancel_with("two");
            let first = why(leaf);
            assert_eq!(first, why(leaf), "once and for good");
            first == "two"
        },
        |(_, _, leaf, waiter)| {
            let waiter = waiter.into_inner().expect("no panic");
            assert_eq!(cause(&waiter.expect("it was pending").finish()), why(&leaf));
        },
    );
}

#[test]
fn cancel_against_a_deadline() {
    race(
        |round| {
            let (root, cancel) = Ctx::background().with_cancel();
            let at = Instant::now() + Duration::from_nanos(round as u64 % 64 * 100);
            let timed = root.with_deadline_cause(at, "late");
            (cancel, detached(&timed), timed)
        },
        |(cancel, ..)| cancel.cancel_with("over"),
        |(_, leaf, timed)| {
            let seen = leaf.err();
            if let Some(err) = &seen {
                assert_eq!(cause(err), why(timed), "once and for good");
            }
            seen.is_some_and(|err| err.is_deadline_exceeded())
        },
        |(_, leaf, timed)| assert_eq!(why(&leaf), why(&timed)),
    );
}

#[test]
fn the_last_two_cancellers_dropped_at_once() {
    race(
        |_| {
            let (ctx, cancel) = Ctx::background().with_cancel();
            let waiter = Waiter::wait(&ctx);
            let cancellers = [cancel.clone(), cancel].map(|cancel| Mutex::new(Some(cancel)));
            (ctx, cancellers, Mutex::new(waiter))
        },
        |(_, [cancel, _], _)| drop(cancel.lock().expect("no panic").take()),
        |(ctx, [_, cancel], _)| {
            drop(cancel.lock().expect("no panic").take());
            !ctx.is_done()
        },
        |(_, _, waiter)| {
            let waiter = waiter.into_inner().expect("no panic");
            assert!(waiter.expect("it was pending").finish().is_cancelled());
        },
    );
}

#[test]
fn cancel_against_stop() {
    // Its threads are used again and again; a thread for each callback takes long.
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime");
    let _entered = runtime.enter();
    race(
        |round| {
            let (_, cancel, child) = tree(round);
            let (send, calls) = mpsc::channel();
            let after = child.after_done(move |_| send.send(()).expect("the test waits"));
            (cancel, Mutex::new((Some(after), false)), Mutex::new(calls))
        },
        |(cancel, ..)| cancel.cancel(),
        |(_, after, _)| {
            let mut after = after.lock().expect("no panic");
            after.1 = after.0.take().expect("there").stop();
            after.1
        },
        |(_, after, calls)| {
            // The sender goes with the callback, called or not.
            let calls = calls.into_inner().expect("no panic").iter().count();
            let (_, stopped) = after.into_inner().expect("no panic");
            assert_eq!(calls, usize::from(!stopped));
        },
    );
}
