//! Twins: one text, compiled plain and annotated, and the lives that a future can have.

use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use ctx_core::{Canceller, Ctx, Error};
use tokio_test::task;

/// What happened, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn say(&self, what: impl fmt::Display) {
        self.0.lock().unwrap().push(what.to_string());
    }

    pub(crate) fn noisy(&self, name: &'static str) -> Noisy {
        Noisy {
            name,
            log: self.clone(),
        }
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn take_sorted(&self) -> Vec<String> {
        let mut log = self.take();
        log.sort();
        log
    }
}

/// Says when it is dropped.
pub(crate) struct Noisy {
    pub(crate) name: &'static str,
    pub(crate) log: Log,
}

impl Drop for Noisy {
    fn drop(&mut self) {
        self.log.say(format_args!("drop {}", self.name));
    }
}

/// What a body returns; the error of being cut off is no part of a comparison.
pub(crate) type Outcome<T = ()> = Result<T, Error>;

/// Pending twice, so that there is a middle to be cut off in.
pub(crate) async fn pause() {
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        cx.waker().wake_by_ref();
        if polls > 2 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// Polls to the end.
pub(crate) fn finish<F: Future>(future: F) -> F::Output {
    let mut future = task::spawn(future);
    for _ in 0..100 {
        if let Poll::Ready(output) = future.poll() {
            return output;
        }
    }
    panic!("still pending after 100 polls");
}

/// Runs a future to its end.
pub(crate) fn to_the_end<T>(
    future: impl Future<Output = Outcome<T>>,
    log: &Log,
) -> (Option<T>, Vec<String>) {
    let output = finish(future).ok();
    (output, log.take())
}

/// Drops a plain future in the middle.
pub(crate) fn dropped_in_the_middle<T>(future: impl Future<Output = T>, log: &Log) -> Vec<String> {
    let mut future = task::spawn(future);
    assert!(
        future.poll().is_pending(),
        "a body that is to be compared waits somewhere"
    );
    drop(future);
    log.take()
}

/// Cancels the context of an annotated future in the middle.
pub(crate) fn cancelled_in_the_middle<T>(
    future: impl Future<Output = Outcome<T>>,
    cancel: Canceller,
    log: &Log,
) -> Vec<String> {
    let mut future = task::spawn(future);
    assert!(future.poll().is_pending());
    cancel.cancel();
    match future.poll() {
        Poll::Ready(Err(err)) => assert!(err.is_cancelled()),
        Poll::Ready(Ok(_)) => panic!("ran to its end"),
        Poll::Pending => panic!("not cut off"),
    }
    log.take()
}

/// Cancels the context of a future after some polls, polls it once more, and drops it if it is still pending, as a plain
/// one may be. `None` if it ends before.
pub(crate) fn cancelled_after<T>(
    polls: usize,
    future: impl Future<Output = Outcome<T>>,
    cancel: Canceller,
    log: &Log,
) -> Option<Vec<String>> {
    let mut future = task::spawn(future);
    for _ in 0..polls {
        if future.poll().is_ready() {
            log.take();
            return None;
        }
    }
    cancel.cancel();
    let _ = future.poll();
    drop(future);
    Some(log.take())
}

/// Polls an annotated future under a context that is done.
pub(crate) fn done_before_it_starts<T>(
    future: impl Future<Output = Outcome<T>>,
    log: &Log,
) -> Vec<String> {
    assert!(log.take().is_empty(), "nothing happens at the call");
    let mut future = task::spawn(future);
    assert!(
        matches!(future.poll(), Poll::Ready(Err(_))),
        "the body must not start"
    );
    drop(future);
    log.take_sorted()
}

/// Never polls a future.
pub(crate) fn never_polled<T>(future: impl Future<Output = T>, log: &Log) -> Vec<String> {
    assert!(log.take().is_empty(), "nothing happens at the call");
    drop(future);
    log.take_sorted()
}

/// What a fn does at the call, and what the future that is never polled drops.
pub(crate) fn called<T>(future: impl Future<Output = T>, log: &Log) -> (Vec<String>, Vec<String>) {
    let at_the_call = log.take();
    drop(future);
    (at_the_call, log.take_sorted())
}

/// As [`called`], and polled under a context that is done.
pub(crate) fn called_when_done<T>(
    future: impl Future<Output = Outcome<T>>,
    log: &Log,
) -> (Vec<String>, Vec<String>) {
    let at_the_call = log.take();
    let mut future = task::spawn(future);
    assert!(
        matches!(future.poll(), Poll::Ready(Err(_))),
        "the future must not be polled"
    );
    drop(future);
    (at_the_call, log.take_sorted())
}

/// The root that a comparison runs under.
pub(crate) fn cancellable_ctx() -> (Ctx, Canceller) {
    Ctx::background().with_cancel()
}

/// Declares each item twice: in `mod plain` as it stands, in `mod annotated` under `#[cancellable]`.
macro_rules! twins {
    ($($item:item)*) => {
        mod plain {
            #[allow(unused_imports, reason = "not every family needs all of them")]
            use super::*;
            $($item)*
        }
        mod annotated {
            #[allow(unused_imports, reason = "not every family needs all of them")]
            use super::*;
            $(#[ctx_core::cancellable] $item)*
        }
    };
}
pub(crate) use twins;

/// Compares what the two `twin::` futures of one text do, in every life that a future can have: the same values, the
/// same log, dropped in the same order. Only what was never started may drop its arguments in another order.
macro_rules! compare {
    (|$ctx:ident, $log:ident| $make:expr) => {{
        use $crate::support::*;
        compare_started!(|$ctx, $log| $make);
        let log = Log::default();
        let $log = &log;
        let (ctx, cancel) = cancellable_ctx();
        #[allow(unused_variables, reason = "some have no context")]
        let $ctx = &ctx;
        let expected = {
            use self::plain as twin;
            never_polled($make, $log)
        };
        use self::annotated as twin;
        assert_eq!(expected, never_polled($make, $log), "never polled");
        cancel.cancel();
        let found = done_before_it_starts($make, $log);
        // A future that makes its arguments when it is polled has none to drop at the call.
        assert!(
            expected.is_empty() || expected == found,
            "done before it starts: {found:?}"
        );
        assert!(
            found.iter().all(|what| what.starts_with("drop ")),
            "{found:?}"
        );
    }};
}
pub(crate) use compare;

/// As [`compare!`], of fns that do something at the call, as they stand: the same under a context that is done.
macro_rules! compare_from_the_call {
    (|$ctx:ident, $log:ident| $make:expr) => {{
        use $crate::support::*;
        compare_started!(|$ctx, $log| $make);
        let log = Log::default();
        let $log = &log;
        let (ctx, cancel) = cancellable_ctx();
        let $ctx = &ctx;
        let expected = {
            use self::plain as twin;
            called($make, $log)
        };
        use self::annotated as twin;
        assert_eq!(expected, called($make, $log), "never polled");
        cancel.cancel();
        let found = called_when_done($make, $log);
        assert_eq!(expected, found, "done before it starts");
    }};
}
pub(crate) use compare_from_the_call;

/// The lives in which a future is polled under a context that is not done.
macro_rules! compare_started {
    (|$ctx:ident, $log:ident| $make:expr) => {{
        let log = Log::default();
        let $log = &log;
        {
            let (ctx, _cancel) = cancellable_ctx();
            #[allow(unused_variables, reason = "some have no context")]
            let $ctx = &ctx;
            let expected = {
                use self::plain as twin;
                to_the_end($make, $log)
            };
            let found = {
                use self::annotated as twin;
                to_the_end($make, $log)
            };
            assert_eq!(expected, found, "run to the end");
        }
        let (ctx, cancel) = cancellable_ctx();
        #[allow(unused_variables, reason = "some have no context")]
        let $ctx = &ctx;
        let expected = {
            use self::plain as twin;
            dropped_in_the_middle($make, $log)
        };
        let found = {
            use self::annotated as twin;
            cancelled_in_the_middle($make, cancel, $log)
        };
        assert_eq!(expected, found, "cut off in the middle");

        for polls in 2.. {
            let (ctx, cancel) = cancellable_ctx();
            #[allow(unused_variables, reason = "some have no context")]
            let $ctx = &ctx;
            let expected = {
                use self::plain as twin;
                cancelled_after(polls, $make, cancel, $log)
            };
            let (ctx, cancel) = cancellable_ctx();
            #[allow(unused_variables, reason = "some have no context")]
            let $ctx = &ctx;
            let found = {
                use self::annotated as twin;
                cancelled_after(polls, $make, cancel, $log)
            };
            assert_eq!(expected, found, "cancelled after {polls} polls");
            if expected.is_none() {
                break;
            }
        }
    }};
}
pub(crate) use compare_started;
