//! Methods that `async_trait` rewrites, before the attribute sees them or after.

use async_trait::async_trait;
use ctx_core::Ctx;

use crate::support::{Log, Noisy, Outcome, compare, finish, pause};

/// One trait that `async_trait` rewrites, and an impl: plain, and annotated in each of the three places.
macro_rules! stores {
    ($($place:ident: [$($block:meta),*] [$($method:meta)?];)*) => {
        $(
            pub(super) mod $place {
                use super::*;

                pub(crate) struct Store(pub(crate) Noisy);

                $(#[$block])*
                pub(crate) trait Fetch: Send + Sync {
                    $(#[$method])?
                    async fn by_ref<'k>(&self, ctx: &Ctx, a: Noisy, pair: (Noisy, Noisy), wild: Noisy, key: &'k str) -> Outcome<&'k str>;

                    $(#[$method])?
                    async fn by_mut_ref(&mut self, ctx: &Ctx, a: Noisy) -> Outcome;

                    $(#[$method])?
                    async fn by_box(self: Box<Self>, ctx: &Ctx, a: Noisy, b: Noisy) -> Outcome<usize>;

                    $(#[$method])?
                    async fn by_value(self, ctx: &Ctx, a: Noisy, b: Noisy) -> Outcome<usize>
                    where
                        Self: Sized;

                    $(#[$method])?
                    async fn provided(&self, ctx: &Ctx, a: Noisy) -> Outcome<usize> {
                        ctx.check()?;
                        let log = &a.log;
                        let _local = log.noisy("local");
                        let pair = (log.noisy("b"), log.noisy("not b"));
                        let key = self.by_ref(ctx, log.noisy("inner"), pair, log.noisy("wild"), "key").await?;
                        Ok(key.len())
                    }

                    $(#[$method])?
                    async fn nameless(&self, ctx: &Ctx, a: Noisy, wild: Noisy) -> Outcome<usize>;

                    $(#[$method])?
                    async fn associated(ctx: &Ctx, a: Noisy, b: Noisy) -> Outcome<usize>
                    where
                        Self: Sized;
                }

                $(#[$block])*
                impl Fetch for Store {
                    $(#[$method])?
                    async fn by_ref<'k>(&self, ctx: &Ctx, a: Noisy, (b, _): (Noisy, Noisy), _wild: Noisy, key: &'k str) -> Outcome<&'k str> {
                        ctx.check()?;
                        let _local = a.log.noisy("local");
                        pause().await;
                        a.log.say(self.0.name);
                        drop(b);
                        Ok(key.trim())
                    }

                    $(#[$method])?
                    async fn by_mut_ref(&mut self, ctx: &Ctx, mut a: Noisy) -> Outcome {
                        ctx.check()?;
                        a.name = "changed";
                        pause().await;
                        self.0 = a;
                        Ok(())
                    }

                    $(#[$method])?
                    async fn by_box(self: Box<Self>, ctx: &Ctx, a: Noisy, _b: Noisy) -> Outcome<usize> {
                        ctx.check()?;
                        pause().await;
                        Ok(self.0.name.len() + a.name.len())
                    }

                    $(#[$method])?
                    async fn by_value(self, ctx: &Ctx, a: Noisy, _b: Noisy) -> Outcome<usize> {
                        ctx.check()?;
                        pause().await;
                        drop(self);
                        Ok(a.name.len())
                    }

                    $(#[$method])?
                    async fn nameless(&self, ctx: &Ctx, a: Noisy, _: Noisy) -> Outcome<usize> {
                        ctx.check()?;
                        pause().await;
                        Ok(a.name.len())
                    }

                    $(#[$method])?
                    async fn associated(ctx: &Ctx, a: Noisy, b: Noisy) -> Outcome<usize> {
                        ctx.check()?;
                        pause().await;
                        let _ = &b;
                        Ok(a.name.len())
                    }
                }
            }
        )*
    };
}

mod stores {
    use super::{Ctx, Noisy, Outcome, async_trait, pause};

    stores! {
        plain: [async_trait] [];
        above: [ctx_core::cancellable, async_trait] [];
        below: [async_trait, ctx_core::cancellable] [];
        on_methods: [async_trait] [ctx_core::cancellable];
    }
}

/// Compares each with the plain one.
macro_rules! compare_stores {
    ($($test:ident: $place:ident $(, $nameless:ident)?;)*) => {
        $(
            mod $test {
                use super::stores::{$place as annotated, plain};
                use super::compare;

                #[test]
                fn owned_receivers() {
                    compare!(|ctx, log| {
                        let store: Box<dyn twin::Fetch> = Box::new(twin::Store(log.noisy("self")));
                        store.by_box(ctx, log.noisy("a"), log.noisy("b"))
                    });
                    compare!(|ctx, log| {
                        use twin::Fetch as _;
                        let store = twin::Store(log.noisy("self"));
                        store.by_value(ctx, log.noisy("a"), log.noisy("b"))
                    });
                }

                #[test]
                fn borrowed_receivers() {
                    compare!(|ctx, log| async {
                        use twin::Fetch as _;
                        let pair = (log.noisy("b"), log.noisy("not b"));
                        let (a, wild) = (log.noisy("a"), log.noisy("wild"));
                        let store = twin::Store(log.noisy("self"));
                        let key = store.by_ref(ctx, a, pair, wild, " key ").await;
                        key.map(str::to_owned)
                    });
                    compare!(|ctx, log| async {
                        use twin::Fetch as _;
                        let mut store = twin::Store(log.noisy("self"));
                        store.by_mut_ref(ctx, log.noisy("a")).await
                    });
                    compare!(|ctx, log| async {
                        let store: &dyn twin::Fetch = &twin::Store(log.noisy("self"));
                        store.provided(ctx, log.noisy("a")).await
                    });
                }

                $(
                    #[test]
                    fn $nameless() {
                        compare!(|ctx, log| async {
                            let store: &dyn twin::Fetch = &twin::Store(log.noisy("self"));
                            store.nameless(ctx, log.noisy("a"), log.noisy("wild")).await
                        });
                    }
                )?

                #[test]
                fn without_a_receiver() {
                    compare!(|ctx, log| {
                        use twin::Fetch as _;
                        twin::Store::associated(ctx, log.noisy("a"), log.noisy("b"))
                    });
                }
            }
        )*
    };
}

compare_stores! {
    async_trait_below_the_attribute: above;
    async_trait_above_the_attribute: below, arguments_without_a_name;
    async_trait_above_attributes_of_methods: on_methods, arguments_without_a_name;
}

/// As below any macro's attribute.
#[test]
fn below_the_attribute_what_has_no_name_drops_last() {
    use stores::{above, plain};

    let (ctx, log) = (&Ctx::background(), &Log::default());
    {
        use plain::Fetch as _;
        let store = plain::Store(log.noisy("self"));
        assert!(finish(store.nameless(ctx, log.noisy("a"), log.noisy("wild"))).is_ok());
        assert_eq!(log.take(), ["drop wild", "drop a"]);
    }
    log.take();
    use above::Fetch as _;
    let store = above::Store(log.noisy("self"));
    assert!(finish(store.nameless(ctx, log.noisy("a"), log.noisy("wild"))).is_ok());
    assert_eq!(log.take(), ["drop a", "drop wild"]);
}
