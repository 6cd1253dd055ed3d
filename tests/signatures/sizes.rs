//! An annotated future is larger than the plain one by a constant, whatever its arguments.

use std::mem::size_of_val;

use ctx_core::{Ctx, Error};

use crate::support::twins;

/// What a level may add.
const A_LEVEL: usize = 64;

twins! {
    pub(super) async fn none(ctx: &Ctx) -> Result<u8, Error> {
        ctx.check()?;
        std::future::ready(()).await;
        Ok(1)
    }

    pub(super) async fn array(ctx: &Ctx, a: [u8; 1024]) -> Result<u8, Error> {
        ctx.check()?;
        std::future::ready(()).await;
        Ok(a[0])
    }

    pub(super) async fn unused(ctx: &Ctx, _: [u8; 1024], _b: [u8; 1024]) -> Result<u8, Error> {
        ctx.check()?;
        std::future::ready(()).await;
        Ok(1)
    }

    pub(super) async fn pattern(ctx: &Ctx, (a, b): ([u8; 512], [u8; 512])) -> Result<u8, Error> {
        ctx.check()?;
        std::future::ready(()).await;
        Ok(a[0] + b[0])
    }

    pub(super) async fn pair(ctx: &Ctx, Pair(a, b): Pair, Pair(c, _): Pair) -> Result<u8, Error> {
        ctx.check()?;
        std::future::ready(()).await;
        Ok(a.0[0] + b.0[0] + c.0[0])
    }

    pub(super) async fn assigned(ctx: &Ctx, mut a: [u8; 1024], b: [u8; 1024], mut n: u8) -> Result<u8, Error> {
        ctx.check()?;
        n += 1;
        a[0] = n;
        std::future::ready(()).await;
        Ok(a[0] + b[0])
    }
}

pub(super) struct Pair(Large, Large);

/// Has to be dropped.
pub(super) struct Large([u8; 512]);

impl Drop for Large {
    fn drop(&mut self) {}
}

fn pair() -> Pair {
    Pair(Large([0; 512]), Large([0; 512]))
}

/// The one with a context that is injected, a value and a timeout, against the bare body.
mod options {
    use super::{Ctx, Error};
    use std::time::Duration;

    ctx_core::ctx_key! { pub(super) struct Name(String); }

    #[ctx_core::cancellable(timeout = "1s", grace = Duration::from_secs(1))]
    pub(super) async fn all(a: [u8; 1024], #[value] name: &Name) -> Result<u8, Error> {
        ctx.check()?;
        std::future::ready(()).await;
        Ok(a[name.len()])
    }

    pub(super) fn name() -> Name {
        Name(String::new())
    }

    pub(super) async fn plain(ctx: &Ctx, a: [u8; 1024], name: &Name) -> Result<u8, Error> {
        ctx.check()?;
        std::future::ready(()).await;
        Ok(a[name.len()])
    }
}

/// Eight levels, the innermost of which waits.
macro_rules! levels {
    ($ty:ty: $($name:ident $next:ident),*) => {
        twins! {
            pub(super) async fn f0(ctx: &Ctx, a: $ty) -> Result<u8, Error> {
                ctx.check()?;
                std::future::ready(()).await;
                Ok(std::mem::size_of_val(&a) as u8)
            }
            $(
                pub(super) async fn $name(ctx: &Ctx, a: $ty) -> Result<u8, Error> {
                    $next(ctx, a).await
                }
            )*
        }
    };
}

mod without_array {
    use super::*;

    levels!((): f1 f0, f2 f1, f3 f2, f4 f3, f5 f4, f6 f5, f7 f6);

    pub(super) fn sizes(ctx: &Ctx) -> (usize, usize) {
        (
            size_of_val(&plain::f7(ctx, ())),
            size_of_val(&annotated::f7(ctx, ())),
        )
    }
}

mod with_array {
    use super::*;

    levels!([u8; 1024]: f1 f0, f2 f1, f3 f2, f4 f3, f5 f4, f6 f5, f7 f6);

    pub(super) fn sizes(ctx: &Ctx) -> (usize, usize) {
        (
            size_of_val(&plain::f7(ctx, [0; 1024])),
            size_of_val(&annotated::f7(ctx, [0; 1024])),
        )
    }
}

#[test]
fn one_level_adds_a_constant() {
    let ctx = &Ctx::background();
    let a = [0; 1024];
    let pairs = [
        (
            size_of_val(&plain::none(ctx)),
            size_of_val(&annotated::none(ctx)),
        ),
        (
            size_of_val(&plain::array(ctx, a)),
            size_of_val(&annotated::array(ctx, a)),
        ),
        (
            size_of_val(&plain::unused(ctx, a, a)),
            size_of_val(&annotated::unused(ctx, a, a)),
        ),
        (
            size_of_val(&plain::pattern(ctx, ([0; 512], [0; 512]))),
            size_of_val(&annotated::pattern(ctx, ([0; 512], [0; 512]))),
        ),
        (
            size_of_val(&plain::pair(ctx, pair(), pair())),
            size_of_val(&annotated::pair(ctx, pair(), pair())),
        ),
        (
            size_of_val(&plain::assigned(ctx, a, a, 1)),
            size_of_val(&annotated::assigned(ctx, a, a, 1)),
        ),
        (
            size_of_val(&options::plain(ctx, a, &options::name())),
            size_of_val(&options::all(ctx, a)),
        ),
    ];
    for (plain, annotated) in pairs {
        assert!(
            annotated <= plain + A_LEVEL,
            "{annotated} bytes for {plain}: {pairs:?}"
        );
    }
}

#[test]
fn eight_levels_stay_below_the_table() {
    let ctx = &Ctx::background();
    let (plain, annotated) = without_array::sizes(ctx);
    assert!(
        annotated <= plain + 8 * A_LEVEL && annotated <= 720,
        "{annotated} bytes for {plain}"
    );
    let (plain, annotated) = with_array::sizes(ctx);
    assert!(
        annotated <= plain + 8 * A_LEVEL && annotated <= 8912,
        "{annotated} bytes for {plain}"
    );
}
