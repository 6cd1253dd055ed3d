//! An annotated future is larger than the plain one by a constant, whatever its arguments.

use std::mem::size_of_val;

use ctx_core::{Ctx, Error, cancellable};

use crate::support::twins;

/// What a level may add.
const A_LEVEL: usize = 64;

const ARRAY: usize = 1024;

/// The sizes of a plain future and its annotated twin.
type Sizes = (usize, usize);

twins! {
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
    ($module:ident: #[$cancellable:meta] #[$attribute:meta] ($ty:ty) -> $output:ty, $end:expr) => {
        mod $module {
            use super::*;

            mod plain {
                use super::*;
                levels!(#[allow(unused)] #[$attribute] $ty, $output, $end, f1 f0, f2 f1, f3 f2, f4 f3, f5 f4, f6 f5, f7 f6);
            }

            mod annotated {
                use super::*;
                levels!(#[$cancellable] #[$attribute] $ty, $output, $end, f1 f0, f2 f1, f3 f2, f4 f3, f5 f4, f6 f5, f7 f6);
            }

            /// Of one level, and of all.
            pub(super) fn sizes(ctx: &Ctx, a: $ty) -> [Sizes; 2] {
                [
                    (
                        size_of_val(&plain::f0(ctx, a)),
                        size_of_val(&annotated::f0(ctx, a)),
                    ),
                    (
                        size_of_val(&plain::f7(ctx, a)),
                        size_of_val(&annotated::f7(ctx, a)),
                    ),
                ]
            }
        }
    };
    (#[$first:meta] #[$second:meta] $ty:ty, $output:ty, $end:expr, $($name:ident $next:ident),*) => {
        #[$first]
        #[$second]
        pub(super) async fn f0(ctx: &Ctx, a: $ty) -> $output {
            let _ = ctx.is_done();
            std::future::ready(()).await;
            std::hint::black_box(&a);
            $end
        }
        $(
            #[$first]
            #[$second]
            pub(super) async fn $name(ctx: &Ctx, a: $ty) -> $output {
                $next(ctx, a).await
            }
        )*
    };
}

levels!(without_array: #[cancellable] #[allow(unused)] (()) -> Result<u8, Error>, Ok(1));
levels!(with_array: #[cancellable] #[allow(unused)] ([u8; ARRAY]) -> Result<u8, Error>, Ok(1));
levels!(never: #[cancellable(or = |_| panic!())] #[allow(unused)] (()) -> !, panic!());
levels!(never_with_array: #[cancellable(or = |_| panic!())] #[allow(unused)] ([u8; ARRAY]) -> !, panic!());
levels!(must_use: #[cancellable] #[must_use = "it is an attribute"] (()) -> Result<u8, Error>, Ok(1));
levels!(must_use_with_array: #[cancellable] #[must_use = "it is an attribute"] ([u8; ARRAY]) -> Result<u8, Error>, Ok(1));
levels!(wrapped: #[cancellable] #[tracing::instrument(skip_all)] (()) -> Result<u8, Error>, Ok(1));
levels!(wrapped_with_array: #[cancellable] #[tracing::instrument(skip_all)] ([u8; ARRAY]) -> Result<u8, Error>, Ok(1));

#[test]
fn one_level_adds_a_constant() {
    let ctx = &Ctx::background();
    let a = [0; ARRAY];
    let pairs = [
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
    for sizes in pairs {
        assert_within(sizes, A_LEVEL);
    }
}

#[track_caller]
fn assert_within((plain, annotated): Sizes, more: usize) {
    assert!(annotated <= plain + more, "{annotated} bytes for {plain}");
}

#[track_caller]
fn assert_each_level_within([one, eight]: [Sizes; 2], more: usize) {
    assert_within(one, more);
    assert_within(eight, 8 * more);
}

#[test]
fn each_of_eight_levels_adds_a_constant() {
    let ctx = &Ctx::background();
    let (none, array) = (
        without_array::sizes(ctx, ()),
        with_array::sizes(ctx, [0; ARRAY]),
    );
    assert_each_level_within(none, A_LEVEL);
    assert_each_level_within(array, A_LEVEL);
    assert!(none[1].1 <= 720, "above the table: {none:?}");
    assert!(array[1].1 <= 8912, "above the table: {array:?}");
}

#[test]
fn so_does_one_that_returns_never() {
    let ctx = &Ctx::background();
    assert_each_level_within(never::sizes(ctx, ()), A_LEVEL);
    assert_each_level_within(never_with_array::sizes(ctx, [0; ARRAY]), A_LEVEL);
}

/// Of a `must_use` the compiler speaks where an `async fn` is awaited, and nowhere else. Such a fn holds its arguments
/// beside the future that it awaits: what a plain one only hands on, it holds once more.
#[test]
fn so_does_one_that_is_must_use_but_for_the_arguments_that_it_hands_on() {
    let ctx = &Ctx::background();
    assert_each_level_within(must_use::sizes(ctx, ()), A_LEVEL);
    let [one, eight] = must_use_with_array::sizes(ctx, [0; ARRAY]);
    assert_within(one, A_LEVEL);
    assert_within(eight, 8 * A_LEVEL + 7 * ARRAY);
}

/// The block that the other macro puts around the body holds what that mentions, as does the body itself.
#[test]
fn so_does_one_below_a_macro_that_wraps_its_body_but_for_the_arguments() {
    let ctx = &Ctx::background();
    assert_each_level_within(wrapped::sizes(ctx, ()), A_LEVEL);
    let sizes = wrapped_with_array::sizes(ctx, [0; ARRAY]);
    assert_each_level_within(sizes, A_LEVEL + ARRAY);
}

/// What the options have a body keep, across an await: a context of its own, what its values borrow from, and `ctx` itself.
/// The plain ones are given what the others find.
mod kept {
    use super::{Ctx, Error, Sizes, cancellable};
    use std::mem::size_of_val;
    use std::time::Duration;

    ctx_core::ctx_key! { struct Name(String); }

    async fn plain(ctx: &Ctx, a: u8) -> Result<u8, Error> {
        wait(ctx).await;
        Ok(a + u8::from(ctx.is_done()))
    }

    async fn plain_value(ctx: &Ctx, a: u8, name: &Name) -> Result<u8, Error> {
        wait(ctx).await;
        Ok(a + name.len() as u8 + u8::from(ctx.is_done()))
    }

    async fn plain_owned(ctx: Ctx, a: u8) -> Result<u8, Error> {
        wait(&ctx).await;
        Ok(a + u8::from(ctx.is_done()))
    }

    async fn plain_owned_value(ctx: Ctx, a: u8, name: &Name) -> Result<u8, Error> {
        wait(&ctx).await;
        Ok(a + name.len() as u8 + u8::from(ctx.is_done()))
    }

    fn wait(_: &Ctx) -> std::future::Ready<()> {
        std::future::ready(())
    }

    #[cancellable]
    async fn value(a: u8, #[value] name: &Name) -> Result<u8, Error> {
        wait(ctx).await;
        Ok(a + name.len() as u8 + u8::from(ctx.is_done()))
    }

    #[cancellable(timeout = "1s")]
    async fn timeout(a: u8) -> Result<u8, Error> {
        wait(ctx).await;
        Ok(a + u8::from(ctx.is_done()))
    }

    #[cancellable(timeout = Duration::from_secs(name.len() as u64), grace = "1s")]
    async fn timeout_and_value(a: u8, #[value] name: &Name) -> Result<u8, Error> {
        wait(ctx).await;
        Ok(a + name.len() as u8 + u8::from(ctx.is_done()))
    }

    #[cancellable]
    async fn owned(ctx: Ctx, a: u8) -> Result<u8, Error> {
        wait(&ctx).await;
        Ok(a + u8::from(ctx.is_done()))
    }

    #[cancellable]
    async fn owned_value(ctx: Ctx, a: u8, #[value] name: &Name) -> Result<u8, Error> {
        wait(&ctx).await;
        Ok(a + name.len() as u8 + u8::from(ctx.is_done()))
    }

    #[cancellable(timeout = "1s")]
    async fn owned_timeout(ctx: Ctx, a: u8) -> Result<u8, Error> {
        wait(&ctx).await;
        Ok(a + u8::from(ctx.is_done()))
    }

    #[cancellable(timeout = Duration::from_secs(name.len() as u64), grace = "1s")]
    async fn owned_timeout_and_value(ctx: Ctx, a: u8, #[value] name: &Name) -> Result<u8, Error> {
        wait(&ctx).await;
        Ok(a + name.len() as u8 + u8::from(ctx.is_done()))
    }

    /// It returns the future of another.
    #[cancellable(grace = "1s")]
    fn graced<'c>(ctx: &'c Ctx, a: u8) -> impl Future<Output = Result<u8, Error>> + 'c {
        plain(ctx, a)
    }

    #[cancellable(current)]
    async fn current(a: u8) -> Result<u8, Error> {
        wait(ctx).await;
        Ok(a + u8::from(ctx.is_done()))
    }

    #[cancellable(current)]
    async fn current_value(a: u8, #[value] name: &Name) -> Result<u8, Error> {
        wait(ctx).await;
        Ok(a + name.len() as u8 + u8::from(ctx.is_done()))
    }

    #[cancellable(timeout = ctx.remaining().unwrap_or_default(), grace = ctx.remaining().unwrap_or_default())]
    async fn owned_computed(ctx: Ctx, a: u8) -> Result<u8, Error> {
        wait(&ctx).await;
        Ok(a + u8::from(ctx.is_done()))
    }

    /// What is behind the `return` is never reached: in such a body, arguments are named once more.
    #[cancellable(timeout = "1s")]
    #[allow(unreachable_code, reason = "to be measured")]
    async fn owned_timeout_that_ends_early(ctx: Ctx, a: u8) -> Result<u8, Error> {
        wait(&ctx).await;
        return Ok(a + u8::from(ctx.is_done()));
        Ok(a)
    }

    /// Of one that ends at its end, and one that ends early.
    pub(super) fn sizes_of_ends(ctx: &Ctx) -> Sizes {
        let (whole, early) = (
            owned_timeout(ctx.clone(), 0),
            owned_timeout_that_ends_early(ctx.clone(), 0),
        );
        (size_of_val(&whole), size_of_val(&early))
    }

    #[cancellable(current, timeout = "1s")]
    async fn current_timeout(a: u8) -> Result<u8, Error> {
        wait(ctx).await;
        Ok(a + u8::from(ctx.is_done()))
    }

    #[cancellable(current, timeout = Duration::from_secs(name.len() as u64), grace = "1s")]
    async fn current_timeout_and_value(a: u8, #[value] name: &Name) -> Result<u8, Error> {
        wait(ctx).await;
        Ok(a + name.len() as u8 + u8::from(ctx.is_done()))
    }

    pub(super) fn sizes(ctx: &Ctx) -> Vec<(&'static str, Sizes)> {
        let name = Name(String::new());
        let own = || ctx.clone();
        let without = size_of_val(&plain(ctx, 0));
        let with_value = size_of_val(&plain_value(ctx, 0, &name));
        let owned_without = size_of_val(&plain_owned(own(), 0));
        let owned_with_value = size_of_val(&plain_owned_value(own(), 0, &name));
        vec![
            ("value", (with_value, size_of_val(&value(ctx, 0)))),
            ("timeout", (without, size_of_val(&timeout(ctx, 0)))),
            (
                "timeout and value",
                (with_value, size_of_val(&timeout_and_value(ctx, 0))),
            ),
            (
                "grace of another's",
                (without, size_of_val(&graced(ctx, 0))),
            ),
            ("owned", (owned_without, size_of_val(&owned(own(), 0)))),
            (
                "owned, value",
                (owned_with_value, size_of_val(&owned_value(own(), 0))),
            ),
            (
                "owned, timeout",
                (owned_without, size_of_val(&owned_timeout(own(), 0))),
            ),
            (
                "owned, timeout and value",
                (
                    owned_with_value,
                    size_of_val(&owned_timeout_and_value(own(), 0)),
                ),
            ),
            (
                "owned, computed",
                (owned_without, size_of_val(&owned_computed(own(), 0))),
            ),
            ("current", (without, size_of_val(&current(0)))),
            (
                "current, value",
                (with_value, size_of_val(&current_value(0))),
            ),
            (
                "current, timeout",
                (without, size_of_val(&current_timeout(0))),
            ),
            (
                "current, timeout and value",
                (with_value, size_of_val(&current_timeout_and_value(0))),
            ),
        ]
    }
}

#[test]
fn so_does_one_with_options_whose_body_keeps_a_context_and_a_value() {
    for (options, (plain, annotated)) in kept::sizes(&Ctx::background()) {
        assert!(
            annotated <= plain + A_LEVEL,
            "{options}: {annotated} bytes for {plain}"
        );
    }
}

#[test]
fn a_body_that_ends_early_holds_the_context_that_was_narrowed_no_longer_than_another() {
    assert_within(kept::sizes_of_ends(&Ctx::background()), 0);
}
