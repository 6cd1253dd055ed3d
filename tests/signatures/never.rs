//! Fns that never return: cut off, their body is dropped before `or` ends the call in its own way.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ctx_core::Ctx;
use tokio_test::{assert_pending, task};

use crate::support::{Log, Noisy, cancellable_ctx, dropped_in_the_middle, never_polled, pause};

thread_local! {
    /// An `or` cannot name an argument.
    static LOG: Log = Log::default();
}

macro_rules! twins_that_never_return {
    ($($item:item)*) => {
        mod plain {
            use super::*;
            $($item)*
        }
        mod annotated {
            use super::*;
            $(
                #[ctx_core::cancellable(or = |_| { LOG.with(|log| log.say("or")); panic!("cut off") })]
                $item
            )*
        }
    };
}

twins_that_never_return! {
    pub(super) async fn names(ctx: &Ctx, a: Noisy, b: Noisy) -> ! {
        let _local = a.log.noisy("local");
        loop {
            pause().await;
            b.log.say(ctx.is_done());
        }
    }

    pub(super) async fn patterns(ctx: &Ctx, a: Noisy, (b, _): (Noisy, Noisy), _: Noisy, mut c: Noisy) -> ! {
        let _local = a.log.noisy("local");
        drop(b);
        c.name = "changed";
        loop {
            pause().await;
            c.log.say(ctx.is_done());
        }
    }
}

/// Cancelled in the middle, and done before it starts: what is dropped, and then `or`.
macro_rules! compare_never {
    (|$ctx:ident, $log:ident| $make:expr) => {{
        let log = LOG.with(Log::clone);
        let $log = &log;
        let (ctx, cancel) = cancellable_ctx();
        let $ctx = &ctx;
        let (mut middle, mut unstarted) = {
            use self::plain as twin;
            (
                dropped_in_the_middle($make, $log),
                never_polled($make, $log),
            )
        };
        use self::annotated as twin;
        assert_eq!(never_polled($make, $log), unstarted, "never polled");

        let mut started = task::spawn($make);
        assert_pending!(started.poll());
        cancel.cancel();
        assert!(catch_unwind(AssertUnwindSafe(|| started.poll())).is_err());
        middle.push("or".to_owned());
        assert_eq!($log.take(), middle, "cut off in the middle");

        let mut done = task::spawn($make);
        assert!(catch_unwind(AssertUnwindSafe(|| done.poll())).is_err());
        let mut found = $log.take();
        assert_eq!(found.pop().as_deref(), Some("or"));
        found.sort();
        unstarted.sort();
        assert_eq!(found, unstarted, "done before it starts");
    }};
}

#[test]
fn or_comes_when_the_body_is_dropped() {
    compare_never!(|ctx, log| twin::names(ctx, log.noisy("a"), log.noisy("b")));
    compare_never!(|ctx, log| {
        let pair = (log.noisy("b"), log.noisy("not b"));
        let (a, wild, c) = (log.noisy("a"), log.noisy("wild"), log.noisy("c"));
        twin::patterns(ctx, a, pair, wild, c)
    });
}
