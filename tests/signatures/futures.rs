//! Fns that return a future: of a block in place or boxed, or from elsewhere.

use std::pin::Pin;

use ctx_core::Ctx;
use futures::FutureExt;
use futures::future::{BoxFuture, LocalBoxFuture};

use crate::support::{Log, Noisy, Outcome, compare, compare_from_the_call, pause, twins};

/// What the fns below get their futures from; drops what it holds behind what it says.
async fn work(_ctx: &Ctx, a: Noisy) -> Outcome<&'static str> {
    let _local = a.log.noisy("local of work");
    pause().await;
    a.log.say("worked");
    Ok(a.name)
}

twins! {
    pub(super) fn in_place(ctx: &Ctx, log: Log, a: Noisy, b: Noisy, _: Noisy) -> impl Future<Output = Outcome<usize>> {
        log.say("called");
        let beside = log.noisy("beside");
        let _at_the_call = log.noisy("at the call");
        async move {
            ctx.check()?;
            let _local = log.noisy("local");
            pause().await;
            log.say(beside.name);
            Ok(a.name.len() + b.name.len())
        }
    }

    #[allow(clippy::manual_async_fn, reason = "a shape is written for what it is")]
    pub(super) fn with_all_in_the_block(ctx: &Ctx, a: Noisy, b: Noisy) -> impl Future<Output = Outcome<usize>> + Send {
        async move {
            ctx.check()?;
            pause().await;
            let _ = (&b, &a);
            Ok(a.name.len())
        }
    }

    #[allow(unused_variables, reason = "to be left")]
    pub(super) fn what_the_block_leaves(ctx: &Ctx, a: Noisy, (b, c): (Noisy, Noisy), mut d: Noisy, _: Noisy, n: u8) -> impl Future<Output = Outcome<usize>> {
        let log = a.log.clone();
        d.name = "changed";
        drop(a);
        async move {
            ctx.check()?;
            log.say(n);
            pause().await;
            drop(b);
            pause().await;
            Ok(d.name.len())
        }
    }

    pub(super) fn shadowing<'a>(ctx: &Ctx, text: &'a str, a: Noisy) -> impl Future<Output = Outcome<&'a str>> {
        let text = text.trim();
        let a = (a.log.noisy("a of the body"), a);
        async move {
            ctx.check()?;
            pause().await;
            drop(a.1);
            Ok(text)
        }
    }

    pub(super) fn pinned(ctx: &Ctx, log: Log, a: Noisy) -> Pin<Box<dyn Future<Output = Outcome<usize>> + Send + '_>> {
        log.say("called");
        let beside = log.noisy("beside");
        Box::pin(async move {
            ctx.check()?;
            let _local = log.noisy("local");
            pause().await;
            drop(a);
            Ok(beside.name.len())
        })
    }

    pub(super) fn pinned_for<'a>(ctx: &'a Ctx, text: &'a str, a: Noisy, _b: Noisy) -> Pin<Box<dyn Future<Output = Outcome<&'a str>> + Send + 'a>> {
        Box::pin(async move {
            ctx.check()?;
            pause().await;
            a.log.say(text);
            Ok(text)
        })
    }

    pub(super) fn boxed(ctx: &Ctx, log: Log, a: Noisy, b: Noisy) -> BoxFuture<'_, Outcome<usize>> {
        let _at_the_call = log.noisy("at the call");
        let name = b.name;
        async move {
            ctx.check()?;
            let _local = log.noisy("local");
            pause().await;
            Ok(a.name.len() + name.len())
        }
        .boxed()
    }

    pub(super) fn boxed_where_it_is(ctx: &Ctx, a: Noisy) -> LocalBoxFuture<'_, Outcome<usize>> {
        let shared = std::rc::Rc::new(a);
        async move {
            ctx.check()?;
            pause().await;
            Ok(shared.name.len())
        }
        .boxed_local()
    }

    pub(super) fn recursive(ctx: &Ctx, depth: u8, a: Noisy) -> BoxFuture<'_, Outcome<u8>> {
        Box::pin(async move {
            ctx.check()?;
            if depth == 0 {
                pause().await;
                return Ok(1);
            }
            let below = recursive(ctx, depth - 1, a.log.noisy("below")).await?;
            Ok(below + 1)
        })
    }

    pub(super) fn handed_on(ctx: &Ctx, a: Noisy) -> impl Future<Output = Outcome<&'static str>> {
        work(ctx, a)
    }

    #[allow(unused_variables, reason = "to be dropped at the call")]
    pub(super) fn left_at_the_call(ctx: &Ctx, a: Noisy, (b, c): (Noisy, Noisy), d: Noisy, mut e: Noisy) -> impl Future<Output = Outcome<&'static str>> {
        e.name = "changed";
        work(ctx, c.log.noisy(b.name))
    }

    pub(super) fn handed_on_with_statements(ctx: &Ctx, log: Log, a: Noisy, b: Noisy, _: Noisy) -> impl Future<Output = Outcome<&'static str>> {
        log.say("called");
        let _at_the_call = log.noisy("at the call");
        let inner = log.noisy("inner");
        drop(a);
        log.say(b.name);
        work(ctx, inner)
    }

    pub(super) fn handed_on_pinned<'a>(ctx: &'a Ctx, early: bool, (a, b): (Noisy, Noisy), mut c: Noisy) -> Pin<Box<dyn Future<Output = Outcome<&'static str>> + Send + 'a>> {
        let _at_the_call = a.log.noisy("at the call");
        drop(b);
        if early {
            return Box::pin(work(ctx, a));
        }
        c.name = "changed";
        Box::pin(work(ctx, c))
    }

    pub(super) fn handed_on_boxed(ctx: &Ctx, a: Noisy, b: Noisy) -> BoxFuture<'_, Outcome<usize>> {
        let log = b.log.clone();
        let called = log.noisy("with the map");
        work(ctx, a)
            .map(move |name| {
                log.say("mapped");
                name.map(|name| name.len() + called.name.len())
            })
            .boxed()
    }

    pub(super) fn of_a_match(ctx: &Ctx, n: u8, a: Noisy, b: Noisy) -> impl Future<Output = Outcome<&'static str>> {
        match n {
            0 => return work(ctx, a),
            _ => drop(a),
        }
        let again = 'again: {
            if n > 1 {
                break 'again b;
            }
            b.log.noisy("another")
        };
        work(ctx, again)
    }
}

#[test]
fn fns_that_leave_their_arguments_at_the_call() {
    compare_from_the_call!(|ctx, log| {
        let pair = (log.noisy("b"), log.noisy("c"));
        twin::left_at_the_call(ctx, log.noisy("a"), pair, log.noisy("d"), log.noisy("e"))
    });
}

#[test]
fn fns_that_end_in_a_block() {
    compare_from_the_call!(|ctx, log| {
        let (a, b) = (log.noisy("a"), log.noisy("b"));
        twin::in_place(ctx, log.clone(), a, b, log.noisy("wild"))
    });
    compare!(|ctx, log| twin::with_all_in_the_block(ctx, log.noisy("a"), log.noisy("b")));
    compare_from_the_call!(|ctx, log| {
        let pair = (log.noisy("b"), log.noisy("c"));
        let (a, d) = (log.noisy("a"), log.noisy("d"));
        twin::what_the_block_leaves(ctx, a, pair, d, log.noisy("wild"), 1)
    });
    compare_from_the_call!(|ctx, log| twin::shadowing(ctx, " text ", log.noisy("a")));
}

#[test]
fn fns_that_end_in_a_pinned_block() {
    compare_from_the_call!(|ctx, log| twin::pinned(ctx, log.clone(), log.noisy("a")));
    compare_from_the_call!(|ctx, log| {
        twin::pinned_for(ctx, "text", log.noisy("a"), log.noisy("b"))
    });
    compare!(|ctx, log| twin::recursive(ctx, 2, log.noisy("a")));
}

#[test]
fn fns_that_end_in_a_boxed_block() {
    compare_from_the_call!(|ctx, log| {
        twin::boxed(ctx, log.clone(), log.noisy("a"), log.noisy("b"))
    });
    compare!(|ctx, log| twin::boxed_where_it_is(ctx, log.noisy("a")));
}

#[test]
fn fns_that_hand_on_a_future() {
    compare!(|ctx, log| twin::handed_on(ctx, log.noisy("a")));
    compare_from_the_call!(|ctx, log| {
        let (a, b) = (log.noisy("a"), log.noisy("b"));
        twin::handed_on_with_statements(ctx, log.clone(), a, b, log.noisy("wild"))
    });
    for n in 0..3 {
        compare_from_the_call!(|ctx, log| twin::of_a_match(ctx, n, log.noisy("a"), log.noisy("b")));
    }
}

#[test]
fn fns_that_hand_on_a_boxed_future() {
    for early in [false, true] {
        compare_from_the_call!(|ctx, log| {
            let pair = (log.noisy("a"), log.noisy("b"));
            twin::handed_on_pinned(ctx, early, pair, log.noisy("c"))
        });
    }
    compare_from_the_call!(|ctx, log| twin::handed_on_boxed(ctx, log.noisy("a"), log.noisy("b")));
}

/// On a block the attribute leaves alone what is not `async`, so each method has its own.
mod methods {
    use super::{BoxFuture, Ctx, FutureExt, Noisy, Outcome, compare, compare_from_the_call};
    use super::{pause, work};

    macro_rules! store {
        ([$($attr:tt)*]) => {
            pub(super) struct Store(pub(super) Noisy);

            impl Store {
                $($attr)*
                pub(super) fn in_place(self, ctx: &Ctx, a: Noisy, (b, _): (Noisy, Noisy)) -> impl Future<Output = Outcome<usize>> {
                    let beside = a.log.noisy("beside");
                    async move {
                        ctx.check()?;
                        let _ = &self;
                        pause().await;
                        drop(b);
                        Ok(beside.name.len())
                    }
                }

                $($attr)*
                pub(super) fn pinned(&self, ctx: Ctx, a: Noisy, _: Noisy) -> BoxFuture<'_, Outcome<&str>> {
                    Box::pin(async move {
                        ctx.check()?;
                        pause().await;
                        let _ = &a;
                        Ok(self.0.name)
                    })
                }

                $($attr)*
                pub(super) fn boxed(self, ctx: &Ctx, mut a: Noisy, early: bool) -> BoxFuture<'_, Outcome<usize>> {
                    if early {
                        a = a.log.noisy("another");
                    }
                    let store = self;
                    async move {
                        ctx.check()?;
                        pause().await;
                        drop(a);
                        pause().await;
                        let Store(noisy) = store;
                        Ok(noisy.name.len())
                    }
                    .boxed()
                }

                $($attr)*
                pub(super) fn handed_on(self, ctx: &Ctx) -> impl Future<Output = Outcome<&'static str>> {
                    work(ctx, self.0)
                }
            }
        };
    }

    mod plain {
        use super::*;
        store!([]);
    }

    mod annotated {
        use super::*;
        store!([#[ctx_core::cancellable]]);
    }

    #[test]
    fn that_end_in_a_block() {
        compare_from_the_call!(|ctx, log| {
            let pair = (log.noisy("b"), log.noisy("not b"));
            twin::Store(log.noisy("self")).in_place(ctx, log.noisy("a"), pair)
        });
        compare!(|ctx, log| async {
            let store = twin::Store(log.noisy("self"));
            let (a, wild) = (log.noisy("a"), log.noisy("wild"));
            let name = store.pinned(ctx.clone(), a, wild).await;
            name.map(str::to_owned)
        });
        for early in [false, true] {
            compare_from_the_call!(|ctx, log| {
                twin::Store(log.noisy("self")).boxed(ctx, log.noisy("a"), early)
            });
        }
    }

    #[test]
    fn that_hand_on_a_future() {
        compare!(|ctx, log| twin::Store(log.noisy("self")).handed_on(ctx));
    }
}
