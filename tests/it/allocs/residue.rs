//! Under a live root nothing is left of what has come and gone.

use std::{future, sync::Arc};

use ctx_core::{Ctx, Error};

use super::LIVE;
use crate::support::{LONG, WakeCount, ms, poll_with};

ctx_core::ctx_key! {
    struct Bytes([u8; 64]);
}

const ROUNDS: usize = 500;

/// Derives from `root`, uses what it got in one way, and drops it.
type Cycle = fn(&Ctx);

fn waits_in_vain(ctx: &Ctx) {
    let (count, waker) = WakeCount::new();
    let mut done = ctx.done();
    assert!(poll_with(&mut done, &waker).is_pending());
    let mut race = Box::pin(ctx.run(ctx.run(future::pending::<()>())));
    assert!(poll_with(&mut race, &waker).is_pending());
    drop((done, race));
    drop(waker);
    assert_eq!(Arc::strong_count(&count), 1);
}

fn is_woken(ctx: &Ctx, by: impl FnOnce()) {
    let (count, waker) = WakeCount::new();
    let (mut done, mut race) = (ctx.done(), Box::pin(ctx.run(future::pending::<()>())));
    assert!(poll_with(&mut done, &waker).is_pending());
    assert!(poll_with(&mut race, &waker).is_pending());
    by();
    assert!(count.count() > 0);
    assert!(poll_with(&mut done, &waker).is_ready());
    assert!(poll_with(&mut race, &waker).is_ready());
}

const CYCLES: &[(&str, Cycle)] = &[
    ("a child that is dropped", |root| drop(root.with_cancel())),
    ("a child whose canceller goes first", |root| {
        let (child, cancel) = root.with_cancel();
        drop(cancel);
        drop(child);
    }),
    ("a detached child", |root| root.with_cancel().1.detach()),
    ("a child that is cancelled", |root| {
        let (child, cancel) = root.with_cancel();
        is_woken(&child, || cancel.cancel_with("over"));
    }),
    ("a child that is waited for in vain", |root| {
        let (child, _cancel) = root.with_cancel();
        waits_in_vain(&child);
    }),
    ("a timeout", |root| drop(root.with_timeout(LONG))),
    ("a timeout that is waited for in vain", |root| {
        waits_in_vain(&root.with_timeout(LONG))
    }),
    ("a cancelled timeout", |root| {
        let (child, cancel) = root.with_timeout(LONG).with_cancel();
        is_woken(&child.with_timeout(LONG), || cancel.cancel());
    }),
    ("a timeout that is past", |root| {
        assert!(root.with_timeout(ms(0)).is_done())
    }),
    ("a value", |root| {
        let ctx = root.with_value(Bytes([1; 64]));
        assert!(ctx.with_cancel().0.value::<Bytes>().is_some());
    }),
    ("a grace", |root| waits_in_vain(&root.with_grace(ms(10)))),
    ("a grace whose parent is done", |root| {
        let (child, cancel) = root.with_cancel();
        let graced = child.with_grace(ms(10));
        waits_in_vain(&graced);
        cancel.cancel();
        waits_in_vain(&graced);
    }),
    ("a grace of nothing", |root| {
        let (child, cancel) = root.with_cancel();
        is_woken(&child.with_grace(ms(0)), || cancel.cancel());
    }),
    ("a merge", |root| {
        let (other, _cancel) = root.with_cancel();
        waits_in_vain(&root.with_value(Bytes([1; 64])).merge(&other));
    }),
    ("a merge with a side that is done", |root| {
        let (other, cancel) = Ctx::background().with_cancel();
        is_woken(&root.merge(&other).with_grace(ms(0)), || cancel.cancel());
    }),
    ("a callback that is stopped", |root| {
        assert!(root.after_done(|_| ()).stop());
        assert!(root.with_timeout(LONG).after_done(|_| ()).stop());
    }),
    ("an error", |root| {
        let (child, cancel) = root.with_cancel();
        cancel.cancel_with("over");
        let err = child.err().expect("done");
        assert!(!err.report().to_string().is_empty());
        assert!(root.get::<Bytes>().is_err());
    }),
];

/// The bytes that `rounds` of a cycle leave behind, once those before it have filled every pool.
fn left_behind(mut cycle: impl FnMut()) -> isize {
    (0..ROUNDS).for_each(|_| cycle());
    let before = LIVE.get();
    (0..ROUNDS).for_each(|_| cycle());
    LIVE.get() - before
}

#[tokio::test(start_paused = true)]
async fn no_derivation_leaves_a_byte_in_its_root() {
    let (root, _cancel) = Ctx::background().with_cancel();
    let (timed, _cancel_timed) = root.with_timeout(LONG).with_cancel();
    for parent in [&root, &timed] {
        for (name, cycle) in CYCLES {
            assert_eq!(left_behind(|| cycle(parent)), 0, "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_group_and_no_task_leaves_a_byte_in_its_root() {
    let (root, _cancel) = Ctx::background().with_cancel();
    let cycle = async |joined: bool| {
        let mut group: ctx_core::Group<(), Error> = root.group();
        for n in 0..3 {
            group.spawn(move |ctx| async move { ctx.sleep(ms(n)).await });
        }
        let task = root.spawn(|ctx| async move { ctx.sleep(ms(1)).await });
        if joined {
            group.join().await.expect("none fails");
        } else {
            drop(group);
        }
        task.await.expect("no panic").expect("not done");
    };
    for joined in [true, false] {
        for _ in 0..ROUNDS {
            cycle(joined).await;
        }
        let before = LIVE.get();
        for _ in 0..ROUNDS {
            cycle(joined).await;
        }
        assert_eq!(LIVE.get() - before, 0, "joined: {joined}");
        let tasks = tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks();
        assert_eq!(tasks, 0);
    }
}

/// A crowd makes room in the lists, of which an empty one keeps little.
#[test]
fn a_crowd_that_is_gone_leaves_little_room_behind() {
    let (root, _cancel) = Ctx::background().with_cancel();
    // What a thread keeps for the next is no matter of the lists.
    drop((0..1_000).map(|_| root.with_cancel()).collect::<Vec<_>>());
    let before = LIVE.get();
    let children: Vec<_> = (0..5_000).map(|_| root.with_grace(LONG)).collect();
    let (_, waker) = WakeCount::new();
    let mut waits: Vec<_> = (0..5_000).map(|_| root.done()).collect();
    for done in &mut waits {
        assert!(poll_with(done, &waker).is_pending());
    }
    let full = LIVE.get() - before;
    drop((children, waits, waker));
    let left = LIVE.get() - before;
    assert!(left < full / 100, "{left} bytes are left of {full}");
}
