//! Races inside races: one registration may serve several of them, and none may lose its wake-up.
//!
//! Each test is a way in which a simpler rule of sharing loses one.

use std::{
    cell::{Cell, RefCell},
    future::{self, Future, poll_fn},
    pin::Pin,
    rc::Rc,
    sync::{Arc, Barrier},
    task::Poll,
    thread,
};

use ctx_core::{Ctx, Error};
use futures::{FutureExt, StreamExt, future::select_all, stream::FuturesUnordered};
use tokio_test::{assert_pending, assert_ready};

use crate::support::{LONG, WakeCount, block_on, cause, ms, poll_with};

type Inner = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

fn inner(ctx: &Ctx) -> Inner {
    Box::pin(ctx.clone().run_owned(future::pending()))
}

#[test]
fn a_deep_nest_of_one_context_is_woken_once_and_ends_in_one_poll() {
    fn nest(
        ctx: &Ctx,
        depth: usize,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + '_>> {
        Box::pin(async move {
            if depth == 0 {
                return ctx.run(future::pending()).await;
            }
            ctx.run(nest(ctx, depth - 1)).await?
        })
    }
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut run = tokio_test::task::spawn(nest(&ctx, 16));
    assert_pending!(run.poll());
    assert_pending!(run.poll());
    cancel.cancel();
    assert!(run.is_woken());
    assert!(assert_ready!(run.poll()).is_err());
}

#[test]
fn a_nested_executor_with_a_waker_of_its_own_is_woken() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let ready = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            ready.wait();
            cancel.cancel_with("over");
        });
        let outcome = block_on(ctx.run(async {
            let mut told = false;
            let inner = ctx.run(poll_fn(|_| {
                if !std::mem::replace(&mut told, true) {
                    ready.wait();
                }
                Poll::<()>::Pending
            }));
            block_on(inner)
        }));
        // The body was ready before the outer race looked at the context.
        let err = outcome.expect("the body was ready").expect_err("cut off");
        assert_eq!(cause(&err), "over");
    });
}

#[test]
fn an_inner_race_that_outlives_the_outer_is_woken() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let slot = Rc::new(RefCell::new(None));
    let (count, waker) = WakeCount::new();

    let mut outer = Box::pin(ctx.run(async {
        let mut inner = inner(&ctx);
        poll_fn(|cx| {
            assert_pending!(inner.as_mut().poll(cx));
            Poll::Ready(())
        })
        .await;
        *slot.borrow_mut() = Some(inner);
    }));
    assert!(poll_with(&mut outer, &waker).is_ready());
    drop(outer);

    cancel.cancel();
    assert!(
        count.count() > 0,
        "the registration outlives the race that made it"
    );
    let mut inner = slot.borrow_mut().take().expect("moved out");
    assert!(poll_with(&mut inner, &waker).is_ready());
}

#[test]
fn an_inner_race_that_outlives_an_outer_dropped_unfinished_is_woken() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let slot = Rc::new(RefCell::new(Some(inner(&ctx))));
    let (count, waker) = WakeCount::new();

    let mut outer = Box::pin(ctx.run(poll_fn(|cx| {
        let mut slot = slot.borrow_mut();
        assert_pending!(slot.as_mut().expect("there").as_mut().poll(cx));
        Poll::<()>::Pending
    })));
    assert!(poll_with(&mut outer, &waker).is_pending());
    drop(outer);

    cancel.cancel();
    assert!(count.count() > 0);
    let mut inner = slot.borrow_mut().take().expect("still there");
    assert!(poll_with(&mut inner, &waker).is_ready());
}

#[test]
fn an_outer_race_polled_with_a_new_waker_leaves_nobody_asleep() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let slot = RefCell::new(Some(inner(&ctx)));
    let (old, old_waker) = WakeCount::new();
    let (new, new_waker) = WakeCount::new();

    let mut outer = Box::pin(ctx.run(poll_fn(|cx| {
        // On the first poll only: on the next the inner race belongs to someone else.
        if let Some(inner) = slot
            .borrow_mut()
            .as_mut()
            .filter(|_| cx.waker().will_wake(&old_waker))
        {
            assert_pending!(inner.as_mut().poll(cx));
        }
        Poll::<()>::Pending
    })));
    assert!(poll_with(&mut outer, &old_waker).is_pending());
    let mut moved = slot.borrow_mut().take().expect("still there");
    assert!(poll_with(&mut outer, &new_waker).is_pending());

    cancel.cancel();
    assert!(new.count() > 0, "the outer race");
    assert!(
        old.count() > 0,
        "who polled the inner race, at the change of wakers or now"
    );
    assert!(poll_with(&mut outer, &new_waker).is_ready());
    assert!(poll_with(&mut moved, &old_waker).is_ready());
}

#[test]
fn an_inner_race_polled_alone_after_the_outer_changed_its_waker_is_woken() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let slot = RefCell::new(inner(&ctx));
    let (_, first) = WakeCount::new();
    let (second_count, second) = WakeCount::new();
    let (third_count, third) = WakeCount::new();

    let mut outer = Box::pin(ctx.run(poll_fn(|cx| {
        assert_pending!(slot.borrow_mut().as_mut().poll(cx));
        Poll::<()>::Pending
    })));
    assert!(poll_with(&mut outer, &first).is_pending());
    assert!(poll_with(&mut outer, &second).is_pending());
    assert!(poll_with(&mut *slot.borrow_mut(), &third).is_pending());
    let (seconds, thirds) = (second_count.count(), third_count.count());

    cancel.cancel();
    assert!(second_count.count() > seconds, "the outer race");
    assert!(
        third_count.count() > thirds,
        "the inner race, which was polled by another task last"
    );
}

#[test]
fn a_race_first_polled_alone_is_woken_where_it_is_polled_next() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut inner = inner(&ctx);
    let (_, first) = WakeCount::new();
    let (count, second) = WakeCount::new();
    assert!(poll_with(&mut inner, &first).is_pending());
    let mut outer = Box::pin(ctx.run(inner));
    assert!(poll_with(&mut outer, &second).is_pending());
    let before = count.count();
    cancel.cancel();
    assert!(count.count() > before);
    assert!(poll_with(&mut outer, &second).is_ready());
}

#[test]
fn a_race_between_two_of_another_context_does_not_share_with_them() {
    let (one, cancel_one) = Ctx::background().with_cancel();
    let (two, cancel_two) = Ctx::background().with_cancel();
    let mut run = tokio_test::task::spawn(one.run(async {
        two.run(async { one.run(future::pending::<()>()).await })
            .await
    }));
    assert_pending!(run.poll());
    cancel_two.cancel_with("two");
    assert!(run.is_woken());
    let err = assert_ready!(run.poll())
        .expect("the body was ready")
        .expect_err("cut off");
    assert_eq!(cause(&err), "two");
    drop(run);

    let (two, _cancel_two) = Ctx::background().with_cancel();
    let mut run = tokio_test::task::spawn(one.run(async {
        two.run(async { one.run(future::pending::<()>()).await })
            .await
    }));
    assert_pending!(run.poll());
    cancel_one.cancel_with("one");
    assert!(run.is_woken());
    let inner = assert_ready!(run.poll())
        .expect("the body was ready")
        .expect("so was its body");
    assert_eq!(cause(&inner.expect_err("cut off")), "one");
}

#[test]
fn a_child_below_its_parent_on_the_stack_is_woken_by_its_own_cancel() {
    let (parent, _cancel_parent) = Ctx::background().with_cancel();
    let (child, cancel) = parent.with_cancel();
    let mut run = tokio_test::task::spawn(parent.run(async {
        parent
            .run(async { child.run(future::pending::<()>()).await })
            .await
    }));
    assert_pending!(run.poll());
    cancel.cancel();
    assert!(run.is_woken());
    assert_ready!(run.poll())
        .expect("parent")
        .expect("parent")
        .expect_err("the child is done");
}

#[test]
fn what_comes_after_an_inner_race_is_still_cut_off() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut run = tokio_test::task::spawn(ctx.run(async {
        ctx.run(tokio::task::yield_now())
            .await
            .expect("not done yet");
        future::pending::<()>().await;
    }));
    assert_pending!(run.poll());
    assert_pending!(run.poll());
    cancel.cancel();
    assert!(run.is_woken());
    assert!(assert_ready!(run.poll()).is_err());
}

/// Beside one that has left it to the outer race in this poll already, when all was as it had been.
#[test]
fn an_inner_race_whose_body_cancels_its_context_is_cut_off_in_that_poll() {
    for limit in [None, Some(LONG)] {
        let (root, cancel) = Ctx::background().with_cancel();
        let ctx = limit.map_or(root.clone(), |limit| root.with_timeout(limit));
        let ended = Cell::new(None);
        let body = async {
            let canceller = async {
                cancel.cancel();
                future::pending::<()>().await;
            };
            let second = async { ended.set(Some(ctx.run(canceller).await.is_err())) };
            tokio::join!(inner(&ctx), second)
        };
        let mut outer = tokio_test::task::spawn(ctx.run(body));
        assert!(assert_ready!(outer.poll()).is_err());
        assert_eq!(ended.get(), Some(true), "with {limit:?}");
    }
}

#[test]
fn dropping_an_inner_race_leaves_the_outer_registered() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut run = tokio_test::task::spawn(ctx.run(async {
        let mut dropped = inner(&ctx);
        poll_fn(|cx| {
            assert_pending!(dropped.as_mut().poll(cx));
            Poll::Ready(())
        })
        .await;
        drop(dropped);
        future::pending::<()>().await;
    }));
    assert_pending!(run.poll());
    cancel.cancel();
    assert!(run.is_woken());
    assert!(assert_ready!(run.poll()).is_err());
}

#[test]
fn a_dropped_nest_leaves_no_waker_behind() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    let (count, waker) = WakeCount::new();
    let bare = Arc::strong_count(&count);
    let mut run = Box::pin(ctx.run(ctx.run(ctx.run(future::pending::<()>()))));
    assert!(poll_with(&mut run, &waker).is_pending());
    assert!(Arc::strong_count(&count) > bare);
    drop(run);
    assert_eq!(Arc::strong_count(&count), bare);
}

#[test]
fn races_in_futures_unordered_are_all_woken() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut run = tokio_test::task::spawn(ctx.run(async {
        let mut all: FuturesUnordered<_> = (0..5).map(|_| inner(&ctx)).collect();
        let mut ended = 0;
        while let Some(result) = all.next().await {
            assert!(result.is_err());
            ended += 1;
        }
        ended
    }));
    assert_pending!(run.poll());
    assert_pending!(run.poll());
    cancel.cancel();
    assert!(run.is_woken());
    assert_eq!(assert_ready!(run.poll()).expect("the body was ready"), 5);
}

#[test]
fn a_race_in_futures_unordered_of_a_child_ends_alone() {
    let (parent, cancel_parent) = Ctx::background().with_cancel();
    let (child, cancel_child) = parent.with_cancel();
    let mut all: FuturesUnordered<_> = [inner(&parent), inner(&child), inner(&parent)]
        .into_iter()
        .collect();
    let mut run =
        tokio_test::task::spawn(parent.run(async { all.next().await.map(|r| (r, all.len())) }));
    assert_pending!(run.poll());
    cancel_child.cancel_with("child");
    assert!(run.is_woken());
    let (result, left) = assert_ready!(run.poll()).expect("not done").expect("one");
    assert_eq!(
        (cause(&result.expect_err("done")).as_str(), left),
        ("child", 2)
    );
    drop(run);
    cancel_parent.cancel();
    let rest: Vec<_> = block_on(all.collect());
    assert_eq!(rest.len(), 2);
}

#[test]
fn races_in_join_and_select_are_woken() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (side, cancel_side) = ctx.with_cancel();
    let mut run = tokio_test::task::spawn(ctx.run(async {
        let joined = async {
            tokio::join!(
                ctx.run(future::pending::<()>()),
                ctx.run(future::pending::<()>())
            )
        };
        let selected = async {
            tokio::select! {
                result = side.run(future::pending::<()>()) => result,
                result = ctx.run(future::pending::<()>()) => result,
            }
        };
        let either = select_all([ctx.done_owned().boxed(), side.done_owned().boxed()]);
        let first = async { either.await.0 };
        tokio::join!(joined, selected, first)
    }));
    assert_pending!(run.poll());
    cancel_side.cancel_with("side");
    assert!(run.is_woken());
    assert_pending!(run.poll());
    cancel.cancel_with("all");
    assert!(run.is_woken());
    let (joined, selected, first) = assert_ready!(run.poll()).expect("the body was ready");
    assert!(joined.0.is_err() && joined.1.is_err());
    assert_eq!(cause(&selected.expect_err("done")), "side");
    assert_eq!(cause(&first), "side");
}

#[test]
fn a_race_inside_an_outer_that_is_moved_to_another_thread_is_woken_there() {
    for _ in 0..50 {
        let (ctx, cancel) = Ctx::background().with_cancel();
        let mut outer = Box::pin(ctx.clone().run_owned(inner(&ctx)));
        let (_, waker) = WakeCount::new();
        assert!(poll_with(&mut outer, &waker).is_pending());
        thread::scope(|scope| {
            let waiter = scope.spawn(|| block_on(outer));
            cancel.cancel();
            let result = waiter.join().expect("no panic");
            assert!(result.and_then(|inner| inner).is_err());
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_wakes_a_nest_of_races() {
    let ctx = Ctx::background().with_timeout(ms(10));
    let start = tokio::time::Instant::now();
    let nested = ctx
        .run(ctx.run(async { ctx.run(future::pending::<()>()).await }))
        .await;
    assert!(
        nested
            .and_then(|r| r)
            .and_then(|r| r)
            .expect_err("done")
            .is_deadline_exceeded()
    );
    assert_eq!(start.elapsed(), ms(10));
}

#[test]
fn a_race_polled_by_changing_tasks_wakes_the_last_of_them() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut run = Box::pin(ctx.run(ctx.run(future::pending::<()>())));
    for _ in 0..10 {
        let (_, waker) = WakeCount::new();
        assert!(poll_with(&mut run, &waker).is_pending());
    }
    let (count, waker) = WakeCount::new();
    assert!(poll_with(&mut run, &waker).is_pending());
    let before = count.count();
    cancel.cancel();
    assert!(count.count() > before);
}

/// Polls `inner` once within a race of `ctx`, which is then over.
fn poll_within(ctx: &Ctx, inner: &mut Inner, waker: &std::task::Waker) {
    let mut outer = Box::pin(ctx.run(poll_fn(|cx| {
        assert_pending!(inner.as_mut().poll(cx));
        Poll::Ready(())
    })));
    assert!(poll_with(&mut outer, waker).is_ready());
}

#[test]
fn who_was_left_by_a_race_that_has_ended_is_woken_by_that_end() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    let (count, waker) = WakeCount::new();
    let mut inner = inner(&ctx);
    poll_within(&ctx, &mut inner, &waker);
    assert_eq!(count.count(), 1, "so that it is polled, and registers");
    assert!(poll_with(&mut inner, &waker).is_pending());
    assert_eq!(count.count(), 1);
}

/// A race of `ctx` that is pending once, and does `then` with an inner one in the poll after that.
fn pending_once<'a>(
    ctx: &'a Ctx,
    inner: &'a mut Inner,
    mut then: impl FnMut() -> Poll<()> + 'a,
) -> Pin<Box<dyn Future<Output = Result<(), Error>> + 'a>> {
    let mut polled = false;
    Box::pin(ctx.run(poll_fn(move |cx| {
        if !std::mem::replace(&mut polled, true) {
            return Poll::Pending;
        }
        assert_pending!(inner.as_mut().poll(cx));
        then()
    })))
}

#[test]
fn who_was_left_by_a_race_that_ends_in_a_poll_by_another_task_is_woken() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let ends = || Poll::Ready(());
    let is_cut_off = || {
        cancel.cancel();
        Poll::Pending
    };
    let ways: [&dyn Fn() -> Poll<()>; 2] = [&ends, &is_cut_off];
    for way in ways {
        let ((_, before), (count, waker)) = (WakeCount::new(), WakeCount::new());
        let mut inner = inner(&ctx);
        let mut outer = pending_once(&ctx, &mut inner, way);
        assert!(poll_with(&mut outer, &before).is_pending());
        assert!(poll_with(&mut outer, &waker).is_ready());
        drop(outer);
        assert!(count.count() > 0);
    }
}

#[test]
fn who_was_left_by_a_race_that_ends_in_the_poll_after_a_grace_has_begun_is_woken() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let (ctx, cancel_below) = parent.with_grace(LONG).with_cancel();
    let (count, waker) = WakeCount::new();
    let mut inner = inner(&ctx);
    let mut outer = pending_once(&ctx, &mut inner, || Poll::Ready(()));
    assert!(poll_with(&mut outer, &waker).is_pending());
    cancel.cancel();
    assert_eq!(count.count(), 1, "to look again");
    assert!(poll_with(&mut outer, &waker).is_ready());
    drop(outer);
    assert_eq!(count.count(), 2, "to register");
    assert!(poll_with(&mut inner, &waker).is_pending());
    cancel_below.cancel();
    assert_eq!(count.count(), 3);
    assert!(poll_with(&mut inner, &waker).is_ready());
}

#[test]
fn races_that_end_or_are_dropped_within_the_outer_cost_no_wake_up() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    let mut run = tokio_test::task::spawn(ctx.run(async {
        ctx.run(tokio::task::yield_now()).await.expect("not done");
        tokio::select! {
            biased;
            _ = ctx.run(async { ctx.run(future::pending::<()>()).await }) => unreachable!(),
            () = tokio::task::yield_now() => {}
        }
        let waiting = ctx.done();
        futures::pin_mut!(waiting);
        assert!(futures::poll!(waiting).is_pending());
    }));
    // Each of the two yields wakes once.
    for _ in 0..2 {
        assert_pending!(run.poll());
        assert!(run.is_woken());
    }
    let last = run.poll();
    assert!(!run.is_woken(), "in vain");
    assert_ready!(last).expect("not done");
}

#[test]
fn who_waits_in_an_outer_race_that_panics_is_woken() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (count, waker) = WakeCount::new();
    let mut inner = inner(&ctx);
    let mut outer = Box::pin(ctx.run(poll_fn(|cx| -> Poll<()> {
        assert_pending!(inner.as_mut().poll(cx));
        panic!("on purpose");
    })));
    let polled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        poll_with(&mut outer, &waker).is_ready()
    }));
    assert!(polled.is_err());
    cancel.cancel();
    assert!(count.count() > 0);
    drop(outer);
    assert!(poll_with(&mut inner, &waker).is_ready());
}

#[test]
fn who_was_left_to_one_in_the_middle_is_woken_after_that_has_ended() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (count, waker) = WakeCount::new();
    let mut inner = inner(&ctx);
    let mut outer = Box::pin(ctx.run(async {
        poll_within(&ctx, &mut inner, futures::task::noop_waker_ref());
        let middle = ctx.run(poll_fn(|cx| {
            assert_pending!(inner.as_mut().poll(cx));
            Poll::Ready(())
        }));
        middle.await.expect("not done");
        future::pending::<()>().await;
    }));
    assert!(poll_with(&mut outer, &waker).is_pending());
    let before = count.count();
    cancel.cancel();
    assert!(count.count() > before);
    drop(outer);
    assert!(poll_with(&mut inner, &waker).is_ready());
}

#[test]
fn a_late_end_of_one_does_not_take_another_off_the_count() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (count, waker) = WakeCount::new();
    let (mut one, mut other) = (Some(inner(&ctx)), inner(&ctx));
    // The same place each time, as in a loop.
    for round in 0..2 {
        let outer = std::pin::pin!(ctx.run(poll_fn(|cx| {
            if round == 0 {
                assert_pending!(one.as_mut().expect("there").as_mut().poll(cx));
            } else {
                assert_pending!(other.as_mut().poll(cx));
                drop(one.take());
            }
            Poll::Ready(())
        })));
        let before = count.count();
        let mut outer = outer;
        assert!(poll_with(&mut outer, &waker).is_ready());
        assert!(count.count() > before, "what is still there is woken");
    }
    cancel.cancel();
    assert!(poll_with(&mut other, &waker).is_ready());
}

#[test]
fn a_cancellation_between_the_looks_of_an_inner_race_and_of_an_outer_one_in_its_grace_wakes() {
    #[ctx_core::cancellable(grace = "1h")]
    async fn outer(inner: &mut Inner, cancel: &ctx_core::Canceller) -> Result<(), Error> {
        poll_fn(|cx| {
            let polled = inner.as_mut().poll(cx);
            cancel.cancel();
            polled
        })
        .await
    }
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut inner = inner(&ctx);
    let mut run = tokio_test::task::spawn(outer(&ctx, &mut inner, &cancel));
    assert_pending!(run.poll());
    assert!(run.is_woken(), "the inner race is over");
    assert!(assert_ready!(run.poll()).is_err());
}

#[test]
fn who_is_left_by_a_race_that_was_within_another_before_is_woken_by_its_end() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    let (count, waker) = WakeCount::new();
    let mut inner = inner(&ctx);
    let ends = Cell::new(false);
    let mut middle = Box::pin(ctx.run(poll_fn(|cx| {
        assert_pending!(inner.as_mut().poll(cx));
        if ends.get() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })));
    let mut outer = Box::pin(ctx.run(&mut middle));
    assert!(poll_with(&mut outer, &waker).is_pending());
    drop(outer);
    let before = count.count();
    ends.set(true);
    assert!(poll_with(&mut middle, &waker).is_ready());
    assert!(count.count() > before);
}
