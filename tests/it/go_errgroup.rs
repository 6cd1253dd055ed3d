//! What Go's `errgroup` promises, stated here.
//!
//! | errgroup | here |
//! |---|---|
//! | the zero Group waits for all and returns the first error | `the_first_error_of_each_table_row_is_returned` |
//! | WithContext: the first error cancels the derived context | `the_derived_context_is_cancelled_by_the_first_error` |
//! | WithContext: Wait cancels the derived context | `the_derived_context_is_cancelled_once_all_have_been_waited_for` |
//! | Wait returns only when every fn has returned | `waiting_ends_after_the_last_task` |
//! | SetLimit: at most n at once; Go blocks | `no_more_than_the_limit_run`; `spawn` does not block, the task waits |
//! | SetLimit(0) stops everything; a limit changed while running panics | neither can be written: `NonZeroUsize`, and `limit` takes the group |
//! | TryGo | no such thing: `spawn` never blocks, so there is nothing to try |
//! | a panic is raised in Wait | `a_panic_is_raised_where_the_group_is_joined` |
//! | example JustErrors, Parallel, Pipeline | `results_come_in_the_order_of_the_queries`, `a_pipeline_ends_when_a_stage_fails` |

use std::{
    num::NonZeroUsize,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use ctx_core::{Ctx, Error, Group};
use futures::FutureExt;
use tokio::sync::mpsc;

use crate::support::ms;

/// Go's TestZeroGroup and TestWithContext share this table: what each task returns, what the group does.
const TABLE: &[(&[Option<&str>], Option<&str>)] = &[
    (&[], None),
    (&[None], None),
    (&[Some("one")], Some("one")),
    (&[Some("one"), None], Some("one")),
    (&[Some("one"), None, Some("two")], Some("one")),
    (&[None, Some("two"), Some("one")], Some("two")),
];

#[tokio::test(start_paused = true)]
async fn the_first_error_of_each_table_row_is_returned() {
    for (results, first) in TABLE {
        let mut group: Group<(), &str> = Ctx::background().group();
        for (delay, result) in (0..).zip(*results) {
            group.spawn(move |_ctx| async move {
                tokio::time::sleep(ms(delay)).await;
                result.map_or(Ok(()), Err)
            });
        }
        assert_eq!(group.join().await.err(), *first, "{results:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_derived_context_is_cancelled_by_the_first_error() {
    for (results, first) in TABLE {
        let mut group: Group<(), &str> = Ctx::background().group();
        let ctx = group.ctx().clone();
        for result in *results {
            group.spawn(move |_ctx| async move { result.map_or(Ok(()), Err) });
        }
        while group.next().await.is_some() {}
        assert_eq!(ctx.is_done(), first.is_some(), "{results:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_derived_context_is_cancelled_once_all_have_been_waited_for() {
    let group: Group<(), &str> = Ctx::background().group();
    let ctx = group.ctx().clone();
    assert_eq!(group.join().await, Ok(vec![]));
    assert!(ctx.is_done());
}

#[tokio::test(start_paused = true)]
async fn waiting_ends_after_the_last_task() {
    let start = tokio::time::Instant::now();
    let mut group: Group<(), &str> = Ctx::background().group();
    group.spawn(|_ctx| async { Err("at once") });
    group.spawn(|_ctx| async {
        tokio::time::sleep(ms(10)).await;
        Ok(())
    });
    assert_eq!(group.join().await, Err("at once"));
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn no_more_than_the_limit_run() {
    let active = Arc::new(AtomicUsize::new(0));
    let mut group: Group<(), usize> = Ctx::background().group().limit(NonZeroUsize::MIN);
    for _ in 0..100 {
        let active = active.clone();
        group.spawn(|_ctx| async move {
            let now = active.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::task::yield_now().await;
            active.fetch_sub(1, Ordering::SeqCst);
            if now > 1 { Err(now) } else { Ok(()) }
        });
    }
    assert!(group.join().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_raised_where_the_group_is_joined() {
    let mut group: Group<(), &str> = Ctx::background().group();
    group.spawn(|_ctx| async { panic!("from a task") });
    assert!(AssertUnwindSafe(group.join()).catch_unwind().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn results_come_in_the_order_of_the_queries() {
    let searches = ["web", "image", "video"];
    let mut group: Group<String, Error> = Ctx::background().group();
    for (delay, kind) in (0..3).rev().zip(searches) {
        group.spawn(move |ctx| async move {
            ctx.sleep(ms(delay)).await?;
            Ok(format!("{kind} result"))
        });
    }
    assert_eq!(
        group.join().await.expect("none fails"),
        ["web result", "image result", "video result"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_pipeline_ends_when_a_stage_fails() {
    #[derive(Debug, PartialEq)]
    enum Stop {
        Walk,
        Read(u32),
    }
    let (send, receive) = mpsc::channel(1);
    let receive = Arc::new(tokio::sync::Mutex::new(receive));
    let mut group: Group<(), Stop> = Ctx::background().group();
    group.spawn(|ctx| async move {
        for n in 0.. {
            match ctx.run(send.send(n)).await {
                Ok(sent) => sent.map_err(|_| Stop::Walk)?,
                Err(_) => return Err(Stop::Walk),
            }
        }
        Ok(())
    });
    for _ in 0..3 {
        let receive = receive.clone();
        group.spawn(|_ctx| async move {
            while let Some(n) = receive.lock().await.recv().await {
                if n == 10 {
                    return Err(Stop::Read(n));
                }
                tokio::task::yield_now().await;
            }
            Ok(())
        });
    }
    drop(receive);
    assert_eq!(group.join().await, Err(Stop::Read(10)));
}
