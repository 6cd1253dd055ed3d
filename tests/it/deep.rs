//! Nothing recurses over the tree.

use std::{future, thread};

use ctx_core::{Canceller, Ctx};

use crate::support::{LONG, ms, outcome};

ctx_core::ctx_key! {
    struct Level(u32);
    struct Missing(u32);
}

const DEPTH: u32 = 1_000_000;

/// Runs on a stack that holds some hundreds of frames at most.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(128 * 1024).spawn(test);
    thread
        .expect("a thread")
        .join()
        .expect("no overflow, no panic");
}

fn chain(depth: u32, derive: impl Fn(&Ctx, u32) -> (Ctx, Option<Canceller>)) -> (Canceller, Ctx) {
    let (mut ctx, cancel) = Ctx::background().with_cancel();
    for n in 0..depth {
        let (child, canceller) = derive(&ctx, n);
        canceller.into_iter().for_each(Canceller::detach);
        ctx = child;
    }
    (cancel, ctx)
}

fn mixed(ctx: &Ctx, n: u32) -> (Ctx, Option<Canceller>) {
    match n % 3 {
        0 => (ctx.with_value(Level(n)), None),
        1 => (ctx.with_timeout(LONG), None),
        _ => {
            let (child, cancel) = ctx.with_cancel();
            (child, Some(cancel))
        }
    }
}

#[test]
fn a_million_contexts_in_a_chain_are_cancelled_and_dropped() {
    on_a_small_stack(|| {
        let (cancel, leaf) = chain(DEPTH, |ctx, _| {
            let (child, cancel) = ctx.with_cancel();
            (child, Some(cancel))
        });
        let mut done = tokio_test::task::spawn(leaf.done());
        assert!(done.poll().is_pending());
        cancel.cancel();
        assert!(done.is_woken() && done.poll().is_ready());
        assert!(outcome(&leaf).is_cancelled());
    });
}

#[test]
fn a_million_contexts_of_all_kinds_are_searched_cancelled_and_dropped() {
    on_a_small_stack(|| {
        let (cancel, leaf) = chain(DEPTH, mixed);
        assert_eq!(leaf.value::<Level>().map(|level| level.0), Some(DEPTH - 1));
        assert!(leaf.value::<Missing>().is_none());
        assert!(leaf.deadline().is_some() && !leaf.is_done());
        cancel.cancel();
        assert!(outcome(&leaf).is_cancelled());
    });
}

#[test]
fn a_million_values_are_dropped() {
    on_a_small_stack(|| {
        let (_cancel, leaf) = chain(DEPTH, |ctx, n| (ctx.with_value(Level(n)), None));
        assert_eq!(leaf.value::<Level>().map(|level| level.0), Some(DEPTH - 1));
    });
}

#[test]
fn a_million_contexts_are_dropped_without_a_cancel() {
    on_a_small_stack(|| {
        let (cancel, leaf) = chain(DEPTH, mixed);
        drop(leaf);
        drop(cancel);
    });
}

#[test]
fn a_deep_chain_of_graces_and_merges_is_cancelled_and_dropped() {
    on_a_small_stack(|| {
        let (other, _cancel_other) = Ctx::background().with_cancel();
        let (cancel, leaf) = chain(100_000, move |ctx, n| match n % 2 {
            0 => (ctx.with_grace(ms(1)), None),
            _ => (ctx.merge(&other), None),
        });
        assert!(!leaf.is_done());
        cancel.cancel();
        assert!(leaf.deadline().is_some(), "it knows its moment");
        drop(leaf);
    });
}

#[test]
fn a_deep_chain_of_merges_hangs_together_by_the_other_side_too() {
    on_a_small_stack(|| {
        let (cancel, leaf) = chain(100_000, |ctx, _| {
            let (own, cancel) = Ctx::background().with_cancel();
            (own.merge(ctx), Some(cancel))
        });
        assert!(!leaf.is_done() && leaf.value::<Missing>().is_none());
        cancel.cancel();
        assert!(outcome(&leaf).is_cancelled());
    });
}

#[test]
fn a_race_at_the_end_of_a_deep_chain_is_woken() {
    on_a_small_stack(|| {
        let (cancel, leaf) = chain(100_000, mixed);
        let mut run = tokio_test::task::spawn(leaf.run(future::pending::<()>()));
        assert!(run.poll().is_pending());
        cancel.cancel();
        assert!(run.is_woken() && run.poll().is_ready());
    });
}

#[test]
fn a_deep_chain_prints_in_short() {
    on_a_small_stack(|| {
        let (_cancel, leaf) = chain(DEPTH, mixed);
        for text in [leaf.to_string(), format!("{leaf:?}")] {
            assert!(text.contains(".with_value(Level"), "{text}");
            assert!(text.len() < 100_000, "nobody reads {} bytes", text.len());
        }
    });
}

#[test]
fn a_hundred_thousand_children_of_one_parent_are_cancelled() {
    on_a_small_stack(|| {
        let (root, cancel) = Ctx::background().with_cancel();
        let children: Vec<_> = (0..100_000).map(|_| root.with_cancel()).collect();
        cancel.cancel();
        assert!(children.iter().all(|(child, _)| child.is_done()));
    });
}
