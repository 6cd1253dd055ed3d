//! What is built beside the tree: the thread of the timers, threads that wait, and tasks that end each other.

use std::sync::Arc;
use std::time::Duration;

use loom::thread::spawn;
use tokio::time::Instant;

use super::{Woken, explore};
use crate::Ctx;
use crate::siblings::Siblings;
use crate::timer_thread::{Alarm, driver};

/// An hour from now: longer than a model runs.
fn far() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}

/// Excludes an alarm that is slept over: the thread goes to sleep, for nothing or for a later one, while it is set.
#[test]
fn an_alarm_is_set_while_the_thread_goes_to_sleep() {
    explore(4, || {
        let (due, due_waker) = Woken::waker();
        let timer = spawn({
            let due = Arc::clone(&due);
            move || driver().run(|| due.times() == 0)
        });
        let one = spawn(|| {
            let (_, waker) = Woken::waker();
            Alarm::new(far(), waker)
        });
        let two = spawn(move || Alarm::new(Instant::now(), due_waker));
        let alarms = [one, two].map(|actor| actor.join().unwrap());
        // If the alarm was slept over, nobody ends this.
        timer.join().unwrap();
        assert_eq!(due.times(), 1);
        drop(alarms);
    });
}

/// Excludes that the drop of an alarm takes another with it, or that one is given twice.
#[test]
fn an_alarm_is_dropped_while_it_is_due() {
    explore(4, || {
        let (dropped, waker) = Woken::waker();
        let alarm = Alarm::new(Instant::now(), waker);
        let (due, due_waker) = Woken::waker();
        let timer = spawn({
            let due = Arc::clone(&due);
            move || driver().run(|| due.times() == 0)
        });
        let one = spawn(move || drop(alarm));
        let two = spawn(move || Alarm::new(Instant::now(), due_waker));
        one.join().unwrap();
        let alarm = two.join().unwrap();
        timer.join().unwrap();
        assert_eq!(due.times(), 1);
        assert!(dropped.times() <= 1);
        drop(alarm);
    });
}

/// Excludes a thread that sleeps through the end of its context.
#[test]
fn a_thread_waits_during_a_cancellation() {
    explore(4, || {
        let (ctx, cancel) = Ctx::background().with_cancel();
        let one = spawn(move || cancel.cancel());
        // If the wake-up is lost, nobody ends this.
        let two = spawn(move || ctx.wait_blocking(Duration::MAX));
        one.join().unwrap();
        assert!(two.join().unwrap().is_some_and(|err| err.is_cancelled()));
    });
}

/// Excludes a thread that, woken because a grace begins, goes back to sleep without a place in the list.
#[test]
fn a_thread_waits_while_a_grace_begins_and_is_cut_short() {
    explore(2, || {
        let (parent, cancel) = Ctx::background().with_cancel();
        let graced = parent.with_grace(Duration::from_secs(3600));
        let (ctx, cancel_within) = graced.with_cancel();
        let one = spawn(move || {
            cancel.cancel();
            cancel_within.cancel();
        });
        let two = spawn(move || ctx.wait_blocking(Duration::MAX));
        one.join().unwrap();
        assert!(two.join().unwrap().is_some_and(|err| err.is_cancelled()));
    });
}

/// Excludes that a task which fails because a sibling has is taken for the first.
#[test]
fn a_task_fails_because_its_sibling_does() {
    explore(4, || {
        let siblings = Arc::new(Siblings::new(Ctx::background().with_cancel()));
        let one = spawn({
            let siblings = Arc::clone(&siblings);
            move || siblings.fail(0)
        });
        let two = spawn({
            let siblings = Arc::clone(&siblings);
            move || {
                if siblings.ctx.is_done() {
                    siblings.fail(1);
                    assert!(siblings.failed_first(0));
                }
            }
        });
        one.join().unwrap();
        two.join().unwrap();
        assert!(siblings.failed_first(0));
    });
}

/// Excludes two tasks that failed first, and a sibling that is not told.
#[test]
fn two_tasks_fail_at_once() {
    explore(3, || {
        let siblings = Arc::new(Siblings::new(Ctx::background().with_cancel()));
        let actors = [0, 1].map(|number| {
            let siblings = Arc::clone(&siblings);
            spawn(move || {
                siblings.fail(number);
                assert!(siblings.ctx.is_done());
                siblings.failed_first(number)
            })
        });
        let [one, two] = actors.map(|actor| actor.join().unwrap());
        assert_ne!(one, two);
    });
}
