//! Fns into which the attribute puts the context, against twins that declare it first: the calls look the same.

use std::rc::Rc;

use ctx_core::Ctx;

use crate::arguments::Pair;
use crate::support::{Log, Noisy, Outcome, compare, pause};

/// As [`twins`](crate::support::twins), but only the plain ones have the context among their parameters.
macro_rules! injected_twins {
    ($ctx:ident; $(
        $(#[$attr:meta])* async fn $name:ident[$($generics:tt)*]($($args:tt)*) -> Outcome<$output:ty> $body:tt
    )*) => {
        mod plain {
            use super::*;
            $(
                $(#[$attr])*
                pub(super) async fn $name<$($generics)*>($ctx: &Ctx, $($args)*) -> Outcome<$output> $body
            )*
        }
        mod annotated {
            use super::*;
            $(
                #[ctx_core::cancellable]
                $(#[$attr])*
                pub(super) async fn $name<$($generics)*>($($args)*) -> Outcome<$output> $body
            )*
        }
    };
}

/// As [`injected_twins`], of methods: `fn name(receiver)(arguments)` in blocks.
macro_rules! injected_methods {
    ($ctx:ident; $(
        [$($header:tt)*] {
            $($vis:vis async fn $name:ident($($receiver:tt)*)($($args:tt)*) -> Outcome<$output:ty> $body:tt)*
        }
    )*) => {
        mod plain {
            use super::super::*;
            pub(super) struct Store(pub(super) Noisy);
            $($($header)* {
                $($vis async fn $name($($receiver)*, $ctx: &Ctx, $($args)*) -> Outcome<$output> $body)*
            })*
        }
        mod annotated {
            use super::super::*;
            pub(super) struct Store(pub(super) Noisy);
            $(#[ctx_core::cancellable] $($header)* {
                $($vis async fn $name($($receiver)*, $($args)*) -> Outcome<$output> $body)*
            })*
        }
    };
}

injected_twins! {
    ctx;

    async fn none[]() -> Outcome<bool> {
        pause().await;
        Ok(ctx.is_done())
    }

    async fn names[](log: Log, a: Noisy, b: Noisy) -> Outcome<u8> {
        ctx.check()?;
        let _local = log.noisy("local");
        pause().await;
        log.say(a.name);
        log.say(b.name);
        Ok(1)
    }

    #[allow(unused_variables, reason = "to be captured all the same")]
    async fn unused[](a: Noisy, _: Noisy, b: Noisy) -> Outcome<()> {
        pause().await;
        Ok(())
    }

    async fn patterns[](a: Noisy, Pair(b, _): Pair, _: Noisy, (c, mut d): (Noisy, Noisy), [.., e]: [Noisy; 3]) -> Outcome<usize> {
        ctx.check()?;
        let _local = a.log.noisy("local");
        d.name = "changed";
        pause().await;
        drop(c);
        pause().await;
        Ok(a.name.len() + b.name.len() + d.name.len() + e.name.len())
    }

    async fn bindings[](mut n: u32, ref r: Noisy, ref mut m: u32, whole @ (x, _): (u8, u8), mut a: Noisy) -> Outcome<u32> {
        ctx.check()?;
        n += u32::from(x) + u32::from(whole.1);
        *m += r.name.len() as u32;
        pause().await;
        a = a.log.noisy("another");
        Ok(n + *m + a.name.len() as u32)
    }

    #[must_use = "it is an attribute"]
    async fn below_an_attribute[](a: Noisy, (b, _): (Noisy, Noisy), mut c: Noisy) -> Outcome<usize> {
        ctx.check()?;
        let _local = c.log.noisy("local");
        pause().await;
        c = b.log.noisy("another");
        Ok(a.name.len() + b.name.len() + c.name.len())
    }

    async fn attributes[](#[cfg(any())] gone: Missing, #[cfg(all())] here: Noisy, #[allow(unused_variables, reason = "to be kept")] idle: Noisy) -> Outcome<&'static str> {
        ctx.check()?;
        pause().await;
        Ok(here.name)
    }

    async fn references['a](text: &'a str, list: &mut Vec<u8>, a: &Noisy, b: Noisy) -> Outcome<&'a str> {
        ctx.check()?;
        let _local = a.log.noisy("local");
        list.push(1);
        pause().await;
        b.log.say(list.len());
        Ok(text.trim())
    }

    async fn generic[T: AsRef<str>, const N: usize](list: [T; N], by: impl Fn(&str) -> usize, a: Noisy) -> Outcome<usize> {
        ctx.check()?;
        let _local = a.log.noisy("local");
        pause().await;
        Ok(list.iter().map(|item| by(item.as_ref())).sum())
    }

    async fn moved[](a: Noisy, b: Noisy, early: bool) -> Outcome<bool> {
        ctx.check()?;
        if early {
            drop(a);
        }
        pause().await;
        let _b = b;
        if early {
            return Ok(early);
        }
        pause().await;
        Ok(early)
    }

    async fn recursive[](depth: u8, a: Noisy) -> Outcome<u8> {
        if depth == 0 {
            pause().await;
            return Ok(1);
        }
        let below = Box::pin(recursive(ctx, depth - 1, a.log.noisy("below"))).await?;
        a.log.say(below);
        Ok(below + 1)
    }

    async fn shadowed[](a: Noisy, n: usize) -> Outcome<usize> {
        ctx.check()?;
        let named = |ctx: &Noisy| ctx.name.len() + n;
        pause().await;
        let ctx = (ctx.is_done(), a.log.noisy("ctx of the body"));
        pause().await;
        Ok(named(&ctx.1) + a.name.len())
    }

    async fn blocks[](log: Log, a: Noisy) -> Outcome<usize> {
        let check = || ctx.check();
        let later = async |n: usize| {
            check()?;
            let _in_closure = log.noisy("in closure");
            pause().await;
            Outcome::Ok(n)
        };
        let n = later(1).await?;
        let task = async move {
            ctx.check()?;
            pause().await;
            Outcome::Ok(a.log.noisy("in async").name.len())
        };
        Ok(task.await? + n)
    }
}

#[test]
fn names() {
    compare!(|ctx, _log| twin::none(ctx));
    compare!(|ctx, log| twin::names(ctx, log.clone(), log.noisy("a"), log.noisy("b")));
    compare!(|ctx, log| twin::unused(ctx, log.noisy("a"), log.noisy("wild"), log.noisy("b")));
    compare!(|ctx, log| twin::attributes(ctx, log.noisy("here"), log.noisy("idle")));
}

#[test]
fn patterns() {
    compare!(|ctx, log| {
        let (a, wild) = (log.noisy("a"), log.noisy("wild"));
        let pair = Pair(log.noisy("b"), log.noisy("not b"));
        let list = ["first", "second", "e"].map(|name| log.noisy(name));
        twin::patterns(ctx, a, pair, wild, (log.noisy("c"), log.noisy("d")), list)
    });
    compare!(|ctx, log| twin::bindings(ctx, 1, log.noisy("r"), 2, (3, 4), log.noisy("a")));
    compare!(|ctx, log| {
        let pair = (log.noisy("b"), log.noisy("not b"));
        twin::below_an_attribute(ctx, log.noisy("a"), pair, log.noisy("c"))
    });
}

#[test]
fn references() {
    compare!(|ctx, log| async {
        let (a, mut list) = (log.noisy("a"), vec![]);
        twin::references(ctx, " text ", &mut list, &a, log.noisy("b")).await
    });
}

#[test]
fn generics() {
    compare!(|ctx, log| {
        let held = log.noisy("held");
        let by = move |text: &str| text.len() + held.log.noisy("called").name.len();
        twin::generic(ctx, ["a", "bc"], by, log.noisy("a"))
    });
}

#[test]
fn bodies() {
    for early in [false, true] {
        compare!(|ctx, log| twin::moved(ctx, log.noisy("a"), log.noisy("b"), early));
    }
    compare!(|ctx, log| twin::recursive(ctx, 2, log.noisy("a")));
    compare!(|ctx, log| twin::shadowed(ctx, log.noisy("a"), 1));
    compare!(|ctx, log| twin::blocks(ctx, log.clone(), log.noisy("a")));
}

/// What the twin that declares the context has to name, for there are two references then.
mod elided {
    use super::{Ctx, Noisy, Outcome, compare, pause};

    mod plain {
        use super::{Ctx, Noisy, Outcome, pause};

        pub(super) async fn part<'a>(ctx: &Ctx, text: &'a str, a: Noisy) -> Outcome<&'a str> {
            ctx.check()?;
            pause().await;
            a.log.say(text);
            Ok(&text[1..])
        }
    }

    mod annotated {
        use super::{Noisy, Outcome, pause};

        #[ctx_core::cancellable]
        pub(super) async fn part(text: &str, a: Noisy) -> Outcome<&str> {
            ctx.check()?;
            pause().await;
            a.log.say(text);
            Ok(&text[1..])
        }
    }

    #[test]
    fn lifetimes() {
        compare!(|ctx, log| twin::part(ctx, "text", log.noisy("a")));
    }
}

mod methods {
    use super::{Rc, compare};

    injected_methods! {
        ctx;

        [impl Store] {
            pub(super) async fn by_value(self)(b: Noisy, (c, _): (Noisy, Noisy), _: Noisy) -> Outcome<usize> {
                ctx.check()?;
                pause().await;
                Ok(self.0.name.len() + b.name.len() + c.name.len())
            }

            pub(super) async fn by_mut_value(mut self)(b: Noisy) -> Outcome<&'static str> {
                ctx.check()?;
                self.0.name = "changed";
                pause().await;
                self.0 = b;
                Ok(self.0.name)
            }

            pub(super) async fn by_ref(&self)(b: Noisy) -> Outcome<&str> {
                ctx.check()?;
                pause().await;
                b.log.say("by_ref");
                Ok(self.0.name)
            }

            pub(super) async fn by_mut_ref(&mut self)(_: Noisy, b: Noisy) -> Outcome<()> {
                ctx.check()?;
                pause().await;
                self.0 = b;
                Ok(())
            }

            pub(super) async fn by_box(self: Box<Self>)(_b: Noisy) -> Outcome<&'static str> {
                ctx.check()?;
                pause().await;
                Ok(self.0.name)
            }

            pub(super) async fn by_rc(self: Rc<Self>)(b: Noisy) -> Outcome<usize> {
                ctx.check()?;
                pause().await;
                drop(b);
                Ok(Rc::strong_count(&self))
            }
        }

        [pub(super) trait Fetch: Sized] {
            async fn declared(&self)(a: Noisy) -> Outcome<&'static str>;

            async fn provided(self)(a: Noisy, _: Noisy) -> Outcome<usize> {
                let _local = a.log.noisy("local");
                let declared = self.declared(ctx, a.log.noisy("inner")).await?;
                Ok(declared.len() + a.name.len())
            }
        }

        [impl Fetch for Store] {
            async fn declared(&self)(_: Noisy) -> Outcome<&'static str> {
                ctx.check()?;
                pause().await;
                Ok(self.0.name)
            }
        }
    }

    #[test]
    fn owned_receivers() {
        compare!(|ctx, log| {
            let pair = (log.noisy("c"), log.noisy("not c"));
            let (b, wild) = (log.noisy("b"), log.noisy("wild"));
            twin::Store(log.noisy("self")).by_value(ctx, b, pair, wild)
        });
        compare!(|ctx, log| twin::Store(log.noisy("self")).by_mut_value(ctx, log.noisy("b")));
        compare!(|ctx, log| Box::new(twin::Store(log.noisy("self"))).by_box(ctx, log.noisy("b")));
        compare!(|ctx, log| Rc::new(twin::Store(log.noisy("self"))).by_rc(ctx, log.noisy("b")));
    }

    #[test]
    fn borrowed_receivers() {
        compare!(|ctx, log| async {
            let store = twin::Store(log.noisy("self"));
            let name = store.by_ref(ctx, log.noisy("b")).await;
            name.map(str::to_owned)
        });
        compare!(|ctx, log| async {
            let mut store = twin::Store(log.noisy("self"));
            let (wild, b) = (log.noisy("wild"), log.noisy("b"));
            store.by_mut_ref(ctx, wild, b).await
        });
    }

    #[test]
    fn methods_of_traits() {
        compare!(|ctx, log| {
            use twin::Fetch as _;
            let (a, wild) = (log.noisy("a"), log.noisy("wild"));
            twin::Store(log.noisy("self")).provided(ctx, a, wild)
        });
        compare!(|ctx, log| async {
            use twin::Fetch as _;
            let store = twin::Store(log.noisy("self"));
            store.declared(ctx, log.noisy("a")).await
        });
    }
}
