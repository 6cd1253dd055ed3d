//! The real contexts and the model side by side, and one step in both.

use std::{future, panic::Location};

use ctx_core::{Canceller, CancellerDropped, Ctx, ErrorKind};
use tokio::time::Instant;

use super::{
    Pick, Step,
    model::{Kind, Line, Model, Outcome},
    observers::{Callback, Until, Waiter, check},
};
use crate::support::{cause, ms};

ctx_core::ctx_key! {
    struct Left(u32);
    struct Right(u32);
}

pub(super) struct World {
    start: Instant,
    model: Model,
    /// By node, while there is a handle.
    contexts: Vec<Option<Ctx>>,
    cancellers: Vec<Held>,
    waiters: Vec<Waiter>,
    callbacks: Vec<Callback>,
}

/// A canceller of a node, with the line of its `with_cancel`.
#[derive(Clone)]
struct Held {
    node: usize,
    canceller: Canceller,
    line: Line,
    /// One of the same context was detached: dropping this one no longer cancels.
    detached: bool,
}

fn choose<T>(all: impl IntoIterator<Item = T>, pick: Pick) -> Option<T> {
    let mut all: Vec<T> = all.into_iter().collect();
    (!all.is_empty()).then(|| all.swap_remove(pick % all.len()))
}

/// The text of `CancellerDropped`.
fn dropped() -> String {
    let (ctx, _) = Ctx::background().with_cancel();
    let err = ctx.err().expect("its canceller is gone");
    assert!(err.cause().expect("a cause").is::<CancellerDropped>());
    cause(&err)
}

impl World {
    pub(super) fn new() -> World {
        let mut model = Model::default();
        model.add(None, Kind::Endless, None);
        World {
            start: Instant::now(),
            model,
            contexts: vec![Some(Ctx::background())],
            cancellers: Vec::new(),
            waiters: Vec::new(),
            callbacks: Vec::new(),
        }
    }

    /// One of those there still are; every other time one of the youngest, so that trees grow deep.
    fn pick(&self, pick: Pick) -> Option<(usize, Ctx)> {
        let alive = self.contexts.iter().enumerate().rev();
        let alive = alive.filter_map(|(node, ctx)| Some((node, ctx.clone()?)));
        let among = if pick & 1 == 0 { usize::MAX } else { 5 };
        choose(alive.take(among), pick / 2)
    }

    /// Adds a context, unless the design leaves open what it means.
    fn derive(&mut self, parent: usize, kind: Kind, own: Option<Outcome>, ctx: Ctx) -> bool {
        let mut model = self.model.clone();
        model.add(Some(parent), kind, own);
        if model.is_open() {
            return false;
        }
        self.model = model;
        self.contexts.push(Some(ctx));
        true
    }

    /// One of the cancellers that are left, if the design says what a cancellation means now.
    fn pick_canceller(&self, pick: Pick) -> Option<usize> {
        let index = choose(0..self.cancellers.len(), pick)?;
        let mut model = self.model.clone();
        model.cancel(self.cancellers[index].node, String::new(), 0);
        (!model.is_open()).then_some(index)
    }

    /// Drops one. If it is the last of its context, that is cancelled.
    fn drop_canceller(&mut self, index: usize) {
        let Held {
            node,
            canceller,
            line,
            detached,
        } = self.cancellers.swap_remove(index);
        drop(canceller);
        let last = self.cancellers.iter().all(|other| other.node != node);
        if last && !detached {
            self.model.cancel(node, dropped(), line);
        }
    }

    pub(super) async fn take(&mut self, step: &Step) {
        match *step {
            Step::Cancellable(pick) => {
                let Some((node, parent)) = self.pick(pick) else {
                    return;
                };
                let (here, (ctx, canceller)) = (Location::caller(), parent.with_cancel());
                if self.derive(node, Kind::Cancel, None, ctx) {
                    self.cancellers.push(Held {
                        node: self.contexts.len() - 1,
                        canceller,
                        line: here.line(),
                        detached: false,
                    });
                }
            }
            Step::Timeout(pick, after) => {
                let Some((node, parent)) = self.pick(pick) else {
                    return;
                };
                let (at, why) = (
                    self.model.now + after,
                    format!("timeout {}", self.contexts.len()),
                );
                let after = ms(after);
                let (here, ctx) = (Location::caller(), parent.with_timeout_cause(after, &*why));
                let own = Outcome::new(at, ErrorKind::DeadlineExceeded, why, here.line());
                self.derive(node, Kind::Deadline(at), Some(own), ctx);
            }
            Step::Deadline(pick, at) => {
                let Some((node, parent)) = self.pick(pick) else {
                    return;
                };
                let instant = self.start + ms(at);
                let (here, ctx) = (Location::caller(), parent.with_deadline(instant));
                let own = Outcome::new(at, ErrorKind::DeadlineExceeded, "-".into(), here.line());
                self.derive(node, Kind::Deadline(at), Some(own), ctx);
            }
            Step::LeftValue(pick) => {
                let Some((node, parent)) = self.pick(pick) else {
                    return;
                };
                let value = self.contexts.len() as u32;
                self.derive(
                    node,
                    Kind::Value(0, value),
                    None,
                    parent.with_value(Left(value)),
                );
            }
            Step::RightValue(pick) => {
                let Some((node, parent)) = self.pick(pick) else {
                    return;
                };
                let value = self.contexts.len() as u32;
                self.derive(
                    node,
                    Kind::Value(1, value),
                    None,
                    parent.with_value(Right(value)),
                );
            }
            Step::Free(pick) => {
                let Some((node, parent)) = self.pick(pick) else {
                    return;
                };
                self.derive(node, Kind::Endless, None, parent.without_cancel());
            }
            Step::Grace(pick, grace) => {
                let Some((node, parent)) = self.pick(pick) else {
                    return;
                };
                self.derive(node, Kind::Grace(grace), None, parent.with_grace(ms(grace)));
            }
            Step::Merge(pick, other) => {
                let Some((node, parent)) = self.pick(pick) else {
                    return;
                };
                let Some((other, with)) = self.pick(other) else {
                    return;
                };
                self.derive(node, Kind::Merge(other), None, parent.merge(&with));
            }
            Step::DropCtx(pick) => {
                if let Some((node, _)) = self.pick(pick).filter(|(node, _)| *node > 0) {
                    self.contexts[node] = None;
                }
            }
            Step::Cancel(pick) => {
                let Some(index) = self.pick_canceller(pick) else {
                    return;
                };
                let Held {
                    node, canceller, ..
                } = &self.cancellers[index];
                let (here, ()) = (Location::caller(), canceller.cancel());
                self.model.cancel(*node, "-".into(), here.line());
            }
            Step::CancelWith(pick) => {
                let Some(index) = self.pick_canceller(pick) else {
                    return;
                };
                let text = format!("cancelled at {}", self.model.now);
                let Held {
                    node, canceller, ..
                } = &self.cancellers[index];
                let (here, ()) = (Location::caller(), canceller.cancel_with(text.clone()));
                self.model.cancel(*node, text, here.line());
            }
            Step::CloneCanceller(pick) => {
                let clone = choose(&self.cancellers, pick).cloned();
                self.cancellers.extend(clone);
            }
            Step::DropCanceller(pick) => {
                if let Some(index) = self.pick_canceller(pick) {
                    self.drop_canceller(index);
                    // The moment of a drop may be that of the first look at it.
                    self.look_at_all();
                }
            }
            Step::Detach(pick) => {
                if let Some(index) = choose(0..self.cancellers.len(), pick) {
                    let Held {
                        node, canceller, ..
                    } = self.cancellers.swap_remove(index);
                    canceller.detach();
                    let others = self.cancellers.iter_mut();
                    others
                        .filter(|other| other.node == node)
                        .for_each(|other| other.detached = true);
                }
            }
            Step::Advance(by) => {
                tokio::time::advance(ms(by)).await;
                self.model.now += by;
            }
            Step::Look(pick) => {
                if let Some((node, ctx)) = self.pick(pick) {
                    self.look(node, &ctx);
                }
            }
            Step::Wait(pick) => {
                let Some((node, ctx)) = self.pick(pick) else {
                    return;
                };
                self.waiters
                    .push(Waiter::new(Until::Done(node), ctx.done_owned()));
            }
            Step::Race(pick) => {
                let Some((node, ctx)) = self.pick(pick) else {
                    return;
                };
                let race = ctx.run_owned(future::pending::<()>());
                let ends = async { race.await.expect_err("it never ends by itself") };
                self.waiters.push(Waiter::new(Until::Done(node), ends));
            }
            Step::RaceInRace(outer, inner) => {
                let Some((outer, around)) = self.pick(outer) else {
                    return;
                };
                let Some((inner, within)) = self.pick(inner) else {
                    return;
                };
                let body = within.run_owned(future::pending::<()>());
                let body = async { body.await.expect_err("it never ends by itself") };
                let race = around.run_owned(body);
                let until = match self.model.done(outer) {
                    // The body never starts.
                    Some(_) => Until::Done(outer),
                    None => Until::Either { outer, inner },
                };
                let ends = async { race.await.unwrap_or_else(|err| err) };
                self.waiters.push(Waiter::new(until, ends));
            }
            Step::Move(pick) => {
                if let Some(waiter) = choose(&mut self.waiters, pick) {
                    waiter.move_on();
                }
            }
            Step::Poll(pick) => {
                if let Some(waiter) = choose(&mut self.waiters, pick) {
                    waiter.poke();
                }
            }
            Step::DropWaiter(pick) => {
                if !self.waiters.is_empty() {
                    let index = pick % self.waiters.len();
                    drop(self.waiters.swap_remove(index));
                }
            }
            Step::AfterDone(pick) => {
                let Some((node, ctx)) = self.pick(pick) else {
                    return;
                };
                self.callbacks.push(Callback::new(node, &ctx));
            }
            Step::Stop(pick) => {
                let all = self.callbacks.iter().enumerate();
                let all = all.filter(|(_, callback)| callback.can_be_stopped());
                let Some((index, _)) = choose(all, pick) else {
                    return;
                };
                if self.callbacks[index].stop() {
                    self.callbacks.swap_remove(index);
                }
            }
        }
    }

    fn look(&self, node: usize, ctx: &Ctx) {
        let expected = self.model.done(node);
        match (ctx.err(), &expected) {
            (Some(err), Some(expected)) => check(&err, expected),
            (None, None) => {}
            (err, _) => panic!("node {node}: {err:?}, expected {expected:?}"),
        }
        assert_eq!(ctx.is_done(), expected.is_some());
        assert_eq!(ctx.check().is_err(), expected.is_some());
        if let Ok(deadline) = self.model.deadline(node) {
            assert_eq!(
                ctx.deadline(),
                deadline.map(|at| self.start + ms(at)),
                "deadline of node {node}"
            );
            let left = deadline.map(|at| ms(at.saturating_sub(self.model.now)));
            assert_eq!(ctx.remaining(), left);
        }
        assert_eq!(
            ctx.value::<Left>().map(|value| value.0),
            self.model.value(node, 0)
        );
        assert_eq!(
            ctx.value::<Right>().map(|value| value.0),
            self.model.value(node, 1)
        );
    }

    /// Polls what was woken and waits for the callbacks that are due.
    pub(super) async fn settle(&mut self) {
        self.waiters
            .retain_mut(|waiter| waiter.goes_on(&self.model));
        for callback in &mut self.callbacks {
            callback.call(&self.model).await;
        }
    }

    /// Nothing but `Advance` moved the clock.
    pub(super) fn check_clock(&self) {
        assert_eq!(self.start.elapsed(), ms(self.model.now));
    }

    pub(super) fn look_at_all(&self) {
        for (node, ctx) in self.contexts.iter().enumerate() {
            if let Some(ctx) = ctx {
                self.look(node, ctx);
            }
        }
    }
}
