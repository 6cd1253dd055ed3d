//! Fns that macros make, whose parts come from different places.

use std::rc::Rc;

use ctx_core::Ctx;

use crate::support::{Log, Noisy, Outcome, compare, pause};

/// As [`twins`](crate::support::twins), of what the makers below make: each puts the attribute, or nothing, on its fn.
macro_rules! made_twins {
    ($($maker:ident! { $($given:tt)* })*) => {
        mod plain {
            use super::*;
            $($maker! { [] $($given)* })*
        }
        mod annotated {
            use super::*;
            $($maker! { [#[ctx_core::cancellable]] $($given)* })*
        }
    };
}

/// All of the fn is the caller's, part by part.
macro_rules! of_parts {
    ([$($attr:tt)*] $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) -> $output:ty $body:block) => {
        $($attr)* $vis async fn $name($($arg: $ty),*) -> $output $body
    };
}

macro_rules! of_patterns {
    ([$($attr:tt)*] $name:ident<$lifetime:lifetime, $generic:ident: $bound:path>($($pat:pat_param => $ty:ty),*) -> $output:ty $body:block) => {
        $($attr)* pub(super) async fn $name<$lifetime, $generic: $bound>($($pat: $ty),*) -> Outcome<$output> $body
    };
}

/// The context is the macro's, under the caller's name.
macro_rules! with_a_context {
    ([] $name:ident, $ctx:ident, ($($args:tt)*) -> $output:ty, $body:block) => {
        pub(super) async fn $name($ctx: &Ctx, $($args)*) -> $output $body
    };
    ([#[$cancellable:path]] $name:ident, $ctx:ident, ($($args:tt)*) -> $output:ty, $body:block) => {
        #[$cancellable(ctx = $ctx)]
        pub(super) async fn $name($($args)*) -> $output $body
    };
}

/// Names the context for the macro above, and hands on a body and arguments that may be its own or the caller's.
macro_rules! through_another {
    ($attr:tt $name:ident, $a:ident) => {
        with_a_context! { $attr $name, cx, ($a: Noisy, b: Noisy, _: Noisy) -> Outcome<usize>, {
            cx.check()?;
            let _local = b.log.noisy("local");
            pause().await;
            b.log.say($a.name);
            Ok(b.name.len())
        } }
    };
    ($attr:tt $name:ident, $ctx:ident, $a:ident, $body:block) => {
        with_a_context! { $attr $name, $ctx, ($a: Noisy, mut b: Noisy) -> Outcome<usize>, {
            b.name = "changed";
            let n: Outcome<usize> = $body;
            pause().await;
            b = b.log.noisy("another");
            n.map(|n| n + b.name.len())
        } }
    };
}

/// The context and the body are the macro's, what is in the body the caller's.
macro_rules! around {
    ([$($attr:tt)*] $name:ident, $arg:ident, [$($statement:stmt;)*], $value:expr) => {
        $($attr)*
        pub(super) async fn $name(ctx: &Ctx, log: Log, $arg: Noisy, local: Noisy) -> Outcome<usize> {
            ctx.check()?;
            let _local = log.noisy("the macro's local");
            $($statement)*
            pause().await;
            log.say(local.name);
            Ok($value)
        }
    };
}

macro_rules! whole {
    ([$($attr:tt)*] $item:item) => {
        $($attr)* $item
    };
}

macro_rules! whole_through_another {
    ($attr:tt $($item:item)*) => {
        $(whole! { $attr $item })*
    };
}

macro_rules! block_in_place {
    ([$($attr:tt)*] $name:ident($($arg:ident: $ty:ty),*), $block:block) => {
        $($attr)*
        pub(super) fn $name($($arg: $ty),*) -> impl Future<Output = Outcome<usize>> {
            async move $block
        }
    };
}

macro_rules! methods {
    ([$($attr:tt)*] $store:ident { $($vis:vis fn $name:ident($this:ident: $receiver:ty, $ctx:ident, $arg:ident) $body:block)* }) => {
        pub(super) struct $store(pub(super) Noisy);

        $($attr)*
        impl $store {
            $($vis async fn $name($this: $receiver, $ctx: &Ctx, $arg: Noisy) -> Outcome<usize> $body)*
        }
    };
}

made_twins! {
    of_parts! {
        pub(super) fn parts(ctx: &Ctx, a: Noisy, b: Noisy, n: u8) -> Outcome<u8> {
            ctx.check()?;
            let _local = a.log.noisy("local");
            pause().await;
            drop(b);
            Ok(n)
        }
    }

    of_patterns! {
        patterns<'a, T: Send>(ctx => &Ctx, a => Noisy, (b, _) => (Noisy, T), _ => Noisy, mut c => Noisy, text => &'a str) -> &'a str {
            ctx.check()?;
            c.name = "changed";
            a.log.say(c.name);
            let _local = a.log.noisy("local");
            pause().await;
            drop(b);
            c = a.log.noisy("another");
            c.log.say(c.name);
            Ok(text)
        }
    }

    with_a_context! {
        the_callers_body, context, (a: Noisy, (b, _): (Noisy, Noisy), c: Noisy) -> Outcome<usize>, {
            context.check()?;
            pause().await;
            drop(b);
            Ok(a.name.len() + c.name.len())
        }
    }

    through_another! { the_macros_body, a }

    through_another! {
        a_body_of_both, ctx, b, {
            let inner = b.log.noisy("inner");
            pause().await;
            ctx.check()?;
            Ok(inner.name.len())
        }
    }

    around! {
        statements, local, [let a = local.log.noisy("a"); let _local = a.log.noisy("the caller's local"); pause().await;], {
            drop(a);
            local.name.len()
        }
    }

    whole! {
        pub(super) async fn item(ctx: &Ctx, a: Noisy, (b, _): (Noisy, Noisy), _: Noisy) -> Outcome<usize> {
            ctx.check()?;
            pause().await;
            Ok(a.name.len() + b.name.len())
        }
    }

    whole_through_another! {
        pub(super) async fn outer(ctx: &Ctx, a: Noisy, b: Noisy) -> Outcome<usize> {
            let _local = b.log.noisy("outer");
            inner(ctx, a).await
        }

        async fn inner(ctx: &Ctx, a: Noisy) -> Outcome<usize> {
            ctx.check()?;
            let _local = a.log.noisy("inner");
            pause().await;
            Ok(a.name.len())
        }
    }

    block_in_place! {
        in_place(ctx: &Ctx, a: Noisy, b: Noisy), {
            ctx.check()?;
            pause().await;
            let _ = &a;
            Ok(b.log.noisy("tail").name.len())
        }
    }

    methods! {
        Store {
            pub(super) fn by_box(self: Box<Self>, ctx, a) {
                ctx.check()?;
                pause().await;
                drop(self);
                Ok(a.name.len())
            }

            pub(super) fn by_rc_ref(self: &Rc<Self>, ctx, _a) {
                ctx.check()?;
                pause().await;
                Ok(self.0.name.len())
            }
        }
    }
}

#[test]
fn the_callers_parts() {
    compare!(|ctx, log| twin::parts(ctx, log.noisy("a"), log.noisy("b"), 1));
    compare!(|ctx, log| {
        let pair = (log.noisy("b"), log.noisy("not b"));
        let (a, wild, c) = (log.noisy("a"), log.noisy("wild"), log.noisy("c"));
        twin::patterns(ctx, a, pair, wild, c, "text")
    });
}

#[test]
fn the_context_of_one_macro_and_the_body_of_another() {
    compare!(|ctx, log| {
        let pair = (log.noisy("b"), log.noisy("not b"));
        twin::the_callers_body(ctx, log.noisy("a"), pair, log.noisy("c"))
    });
    compare!(|ctx, log| {
        let (a, b) = (log.noisy("a"), log.noisy("b"));
        twin::the_macros_body(ctx, a, b, log.noisy("wild"))
    });
}

/// They have the same name, and are told apart by where it comes from.
#[test]
fn arguments_and_locals_of_the_macro_and_of_its_caller() {
    compare!(|ctx, log| twin::a_body_of_both(ctx, log.noisy("caller's"), log.noisy("macro's")));
    compare!(|ctx, log| {
        let (callers, macros) = (log.noisy("caller's"), log.noisy("macro's"));
        twin::statements(ctx, log.clone(), callers, macros)
    });
}

#[test]
fn whole_items() {
    compare!(|ctx, log| {
        let pair = (log.noisy("b"), log.noisy("not b"));
        twin::item(ctx, log.noisy("a"), pair, log.noisy("wild"))
    });
    compare!(|ctx, log| twin::outer(ctx, log.noisy("a"), log.noisy("b")));
}

#[test]
fn a_block_in_place() {
    compare!(|ctx, log| twin::in_place(ctx, log.noisy("a"), log.noisy("b")));
}

#[test]
fn methods() {
    compare!(|ctx, log| Box::new(twin::Store(log.noisy("self"))).by_box(ctx, log.noisy("a")));
    compare!(|ctx, log| async {
        let store = Rc::new(twin::Store(log.noisy("self")));
        store.by_rc_ref(ctx, log.noisy("a")).await
    });
}
