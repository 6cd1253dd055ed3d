//! Values.

use std::hint::black_box;

use ctx_core::{Ctx, ctx_key};

use crate::go::Peer;
use crate::meter::each;
use crate::row::{Bound, Row, Sides, row};

/// A hundred keys, in ten modules of ten.
macro_rules! keys {
    ($($module:ident)*) => {
        $(mod $module {
            use ctx_core::{Ctx, ctx_key};

            ctx_key! {
                struct K0(u64);
                struct K1(u64);
                struct K2(u64);
                struct K3(u64);
                struct K4(u64);
                struct K5(u64);
                struct K6(u64);
                struct K7(u64);
                struct K8(u64);
                struct K9(u64);
            }

            /// `count` of them, at most ten.
            pub(super) fn add(mut ctx: Ctx, count: usize) -> Ctx {
                let each = [
                    |ctx: &Ctx| ctx.with_value(K0(0)),
                    |ctx: &Ctx| ctx.with_value(K1(0)),
                    |ctx: &Ctx| ctx.with_value(K2(0)),
                    |ctx: &Ctx| ctx.with_value(K3(0)),
                    |ctx: &Ctx| ctx.with_value(K4(0)),
                    |ctx: &Ctx| ctx.with_value(K5(0)),
                    |ctx: &Ctx| ctx.with_value(K6(0)),
                    |ctx: &Ctx| ctx.with_value(K7(0)),
                    |ctx: &Ctx| ctx.with_value(K8(0)),
                    |ctx: &Ctx| ctx.with_value(K9(0)),
                ];
                for add in each.iter().take(count) {
                    ctx = add(&ctx);
                }
                ctx
            }
        })*
        const MODULES: &[fn(Ctx, usize) -> Ctx] = &[$($module::add),*];
    };
}

keys! { m0 m1 m2 m3 m4 m5 m6 m7 m8 m9 }

ctx_key! {
    struct Wanted(u64);
}

/// `ctx` with so many values of as many types.
pub(crate) fn deepen(mut ctx: Ctx, count: usize) -> Ctx {
    for (module, add) in MODULES.iter().enumerate() {
        ctx = add(ctx, count.saturating_sub(module * 10).min(10));
    }
    ctx
}

/// A context whose oldest value is looked for; `depth` links to follow.
pub(crate) fn hit(depth: usize) -> impl FnMut() -> Option<u64> {
    let ctx = deepen(Ctx::background().with_value(Wanted(7)), depth - 1);
    move || black_box(&ctx).value::<Wanted>().map(|wanted| **wanted)
}

/// A value that is not there.
pub(crate) fn miss(depth: usize) -> impl FnMut() -> Option<u64> {
    let ctx = deepen(Ctx::background(), depth);
    move || black_box(&ctx).value::<Wanted>().map(|wanted| **wanted)
}

pub(crate) fn rows(go: Option<&Peer>) -> Vec<Row> {
    let mut rows = Vec::new();
    for depth in [1, 10, 100] {
        let go = go.cloned();
        let name = format!("value, hit at depth {depth}");
        rows.push(row(name, "Go", Bound::Ratio(0.5), move || {
            Sides::of(
                each(hit(depth)),
                Peer::side(go, &format!("DeepValue/{depth}")),
            )
        }));
    }
    for (depth, bound) in [(10, 0.25), (100, 0.5)] {
        let go = go.cloned();
        let name = format!("value, miss at depth {depth}");
        rows.push(row(name, "Go", Bound::Ratio(bound), move || {
            Sides::of(
                each(miss(depth)),
                Peer::side(go, &format!("DeepValue/{depth}")),
            )
        }));
    }
    let go = go.cloned();
    rows.push(
        row("with_value + drop", "Go", Bound::Ratio(1.0), move || {
            let (root, cancel) = Ctx::background().with_cancel();
            cancel.detach();
            Sides::of(
                each(move || drop(black_box(root.with_value(Wanted(7))))),
                Peer::side(go, "WithValue"),
            )
        })
        .allocating(1.0),
    );
    rows
}
