//! Methods of every receiver, in inherent impls, traits and their impls.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use ctx_core::Ctx;

use crate::support::{Noisy, Outcome, compare, pause};

/// As [`twins`](crate::support::twins): methods are no items, so the whole block stands twice.
macro_rules! twin_methods {
    ($($block:item)*) => {
        mod plain {
            use super::*;
            pub(super) struct Store(pub(super) Noisy);
            $($block)*
        }
        mod annotated {
            use super::*;
            pub(super) struct Store(pub(super) Noisy);
            $(#[ctx_core::cancellable] $block)*
        }
    };
}

twin_methods! {
    impl Store {
        pub(super) async fn by_value(self, ctx: &Ctx, b: Noisy) -> Outcome<usize> {
            ctx.check()?;
            pause().await;
            Ok(self.0.name.len() + b.name.len())
        }

        pub(super) async fn by_mut_value(mut self, ctx: &Ctx, b: Noisy) -> Outcome<&'static str> {
            self.0.name = "changed";
            ctx.check()?;
            pause().await;
            drop(b);
            Ok(self.0.name)
        }

        pub(super) async fn moved_apart(self, ctx: &Ctx, b: Noisy) -> Outcome {
            let Store(noisy) = self;
            ctx.check()?;
            pause().await;
            drop((b, noisy));
            Ok(())
        }

        #[cfg_attr(all(), inline, must_use = "it is an attribute")]
        pub(super) async fn below_an_attribute_under_a_condition(&self, ctx: &Ctx, a: Noisy, (b, _): (Noisy, Noisy), _: Noisy) -> Outcome<usize> {
            ctx.check()?;
            pause().await;
            Ok(self.0.name.len() + a.name.len() + b.name.len())
        }

        pub(super) async fn by_ref(&self, ctx: &Ctx, b: Noisy) -> Outcome<&'static str> {
            ctx.check()?;
            pause().await;
            b.log.say("by_ref");
            Ok(self.0.name)
        }

        pub(super) async fn by_mut_ref(&mut self, ctx: &Ctx, b: Noisy) -> Outcome {
            ctx.check()?;
            pause().await;
            self.0 = b;
            Ok(())
        }

        pub(super) async fn by_box(self: Box<Self>, ctx: &Ctx, _b: Noisy) -> Outcome<&'static str> {
            ctx.check()?;
            pause().await;
            Ok(self.0.name)
        }

        pub(super) async fn by_rc(self: Rc<Self>, ctx: &Ctx, _b: Noisy) -> Outcome<usize> {
            ctx.check()?;
            pause().await;
            Ok(Rc::strong_count(&self))
        }

        pub(super) async fn by_arc_ref(self: &Arc<Self>, ctx: &Ctx, _b: Noisy) -> Outcome<usize> {
            ctx.check()?;
            pause().await;
            Ok(Arc::strong_count(self))
        }

        pub(super) async fn by_pin(self: Pin<&mut Self>, ctx: &Ctx, b: Noisy) -> Outcome<&'static str> {
            ctx.check()?;
            pause().await;
            let this = self.get_mut();
            this.0 = b;
            Ok(this.0.name)
        }

        pub(super) async fn associated(ctx: &Ctx, a: Noisy) -> Outcome<Self> {
            ctx.check()?;
            pause().await;
            Ok(Self(a))
        }
    }

    pub(super) trait Fetch {
        async fn declared(&self, ctx: &Ctx, a: Noisy) -> Outcome<&'static str>;

        async fn provided(&self, ctx: &Ctx, a: Noisy) -> Outcome<&'static str>
        where
            Self: Sized,
        {
            let _local = a.log.noisy("local");
            self.declared(ctx, a).await
        }
    }

    impl Fetch for Store {
        async fn declared(&self, ctx: &Ctx, _: Noisy) -> Outcome<&'static str> {
            ctx.check()?;
            pause().await;
            Ok(self.0.name)
        }
    }
}

#[test]
fn owned_receivers() {
    compare!(|ctx, log| twin::Store(log.noisy("self")).by_value(ctx, log.noisy("b")));
    compare!(|ctx, log| twin::Store(log.noisy("self")).by_mut_value(ctx, log.noisy("b")));
    compare!(|ctx, log| twin::Store(log.noisy("self")).moved_apart(ctx, log.noisy("b")));
}

/// What stands on a method of an annotated block is seen before the compiler has looked at conditions.
#[test]
fn patterns_of_a_method_below_an_attribute_under_a_condition() {
    compare!(|ctx, log| async {
        let store = twin::Store(log.noisy("self"));
        let pair = (log.noisy("b"), log.noisy("not b"));
        let (a, wild) = (log.noisy("a"), log.noisy("wild"));
        (store.below_an_attribute_under_a_condition(ctx, a, pair, wild)).await
    });
}

#[test]
fn borrowed_receivers() {
    compare!(|ctx, log| async {
        twin::Store(log.noisy("self"))
            .by_ref(ctx, log.noisy("b"))
            .await
    });
    compare!(|ctx, log| async {
        twin::Store(log.noisy("self"))
            .by_mut_ref(ctx, log.noisy("b"))
            .await
    });
}

#[test]
fn smart_receivers() {
    compare!(|ctx, log| Box::new(twin::Store(log.noisy("self"))).by_box(ctx, log.noisy("b")));
    compare!(|ctx, log| Rc::new(twin::Store(log.noisy("self"))).by_rc(ctx, log.noisy("b")));
    compare!(|ctx, log| async {
        Arc::new(twin::Store(log.noisy("self")))
            .by_arc_ref(ctx, log.noisy("b"))
            .await
    });
    compare!(|ctx, log| async {
        Pin::new(&mut twin::Store(log.noisy("self")))
            .by_pin(ctx, log.noisy("b"))
            .await
    });
}

#[test]
fn associated_fns() {
    compare!(|ctx, log| async {
        twin::Store::associated(ctx, log.noisy("a"))
            .await
            .map(|store| store.0.name)
    });
}

#[test]
fn trait_methods() {
    compare!(|ctx, log| async {
        use twin::Fetch as _;
        twin::Store(log.noisy("self"))
            .provided(ctx, log.noisy("a"))
            .await
    });
}
