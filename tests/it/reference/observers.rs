//! Those who want to know when a context is done: futures, polled by hand, and callbacks.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, mpsc},
    task::{Poll, Waker},
    time::Duration,
};

use ctx_core::{AfterDone, Ctx, Error};

use super::model::{Model, Outcome};
use crate::support::{WakeCount, cause, poll_with};

/// More wake-ups than that between two steps, or more polls, are too many.
const BOUND: usize = 8;

#[track_caller]
pub(super) fn check(err: &Error, expected: &Outcome) {
    assert_eq!(err.kind(), expected.kind);
    assert_eq!(cause(err), expected.cause);
    assert_eq!(err.origin().line(), expected.origin);
}

/// What ends a waiter.
pub(super) enum Until {
    Done(usize),
    /// The inner one if it is done when the body is polled, the outer one otherwise.
    Either {
        outer: usize,
        inner: usize,
    },
}

pub(super) struct Waiter {
    until: Until,
    future: Pin<Box<dyn Future<Output = Error>>>,
    wakes: Arc<WakeCount>,
    waker: Waker,
    /// The wakes that have been answered with a poll.
    seen: usize,
}

impl Waiter {
    pub(super) fn new(until: Until, future: impl Future<Output = Error> + 'static) -> Waiter {
        let (wakes, waker) = WakeCount::new();
        waker.wake_by_ref();
        Waiter {
            until,
            future: Box::pin(future),
            wakes,
            waker,
            seen: 0,
        }
    }

    /// To another task, which polls it at once, as a task does with what it has got.
    pub(super) fn move_on(&mut self) {
        (self.wakes, self.waker) = WakeCount::new();
        self.waker.wake_by_ref();
        self.seen = 0;
    }

    /// Has it polled without a reason.
    pub(super) fn poke(&self) {
        self.waker.wake_by_ref();
    }

    /// Polls while it is woken. False once it has ended, as it should have.
    pub(super) fn goes_on(&mut self, model: &Model) -> bool {
        let expected = match self.until {
            Until::Done(node) => model.done(node),
            Until::Either { outer, inner } => model.done(inner).or_else(|| model.done(outer)),
        };
        let mut polls = 0;
        while self.wakes.count() > self.seen {
            polls += 1;
            let extra = self.wakes.count() - self.seen;
            assert!(polls <= BOUND && extra <= BOUND, "woken again and again");
            self.seen = self.wakes.count();
            if let Poll::Ready(err) = poll_with(&mut self.future, &self.waker) {
                check(
                    &err,
                    &expected.expect("ended though its context is not done"),
                );
                return false;
            }
        }
        assert!(expected.is_none(), "not woken: {expected:?}");
        true
    }
}

pub(super) struct Callback {
    node: usize,
    handle: Option<AfterDone>,
    calls: mpsc::Receiver<Error>,
    called: bool,
}

impl Callback {
    pub(super) fn new(node: usize, ctx: &Ctx) -> Callback {
        let (send, calls) = mpsc::channel();
        let handle = ctx.after_done(move |err| drop(send.send(err)));
        Callback {
            node,
            handle: Some(handle),
            calls,
            called: false,
        }
    }

    pub(super) fn can_be_stopped(&self) -> bool {
        self.handle.is_some()
    }

    /// Stops it. If it was due it has been called by now. True if it can be forgotten.
    pub(super) fn stop(&mut self) -> bool {
        let stopped = self.handle.take().expect("stopped once").stop();
        assert_eq!(
            stopped, !self.called,
            "stop is true only when it prevented the call"
        );
        if stopped {
            // The callback is gone, and its end of the channel with it.
            assert!(matches!(self.calls.recv(), Err(mpsc::RecvError)));
        }
        stopped
    }

    /// Waits for the call if it is due. Yielding does not move the paused clock.
    pub(super) async fn call(&mut self, model: &Model) {
        let due = model.done(self.node).filter(|_| !self.called);
        let patience = std::time::Instant::now() + Duration::from_secs(60);
        while let Some(expected) = &due {
            if let Ok(err) = self.calls.try_recv() {
                check(&err, expected);
                self.called = true;
                break;
            }
            assert!(std::time::Instant::now() < patience, "never called");
            tokio::task::yield_now().await;
        }
        assert!(self.calls.try_recv().is_err(), "called early or twice");
    }
}
