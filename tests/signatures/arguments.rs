//! Arguments: names, patterns, `mut`, `_`, attributes.

use ctx_core::Ctx;

use crate::support::{Log, Noisy, Outcome, compare, pause, twins};

pub(crate) struct Pair(pub(crate) Noisy, pub(crate) Noisy);

pub(crate) struct Named {
    pub(crate) first: Noisy,
    pub(crate) second: Noisy,
}

#[derive(Clone, Copy)]
pub(crate) struct Unit;

/// Says when it is dropped, and all that it holds can be copied.
pub(crate) struct Guard(pub(crate) &'static str, pub(crate) &'static Log);

impl Drop for Guard {
    fn drop(&mut self) {
        self.1.say(format_args!("drop {}", self.0));
    }
}

twins! {
    pub(super) async fn two(ctx: &Ctx, a: Noisy, b: Noisy) -> Outcome {
        ctx.check()?;
        pause().await;
        let _ = (a.name, b.name);
        Ok(())
    }

    pub(super) async fn names(ctx: &Ctx, log: Log, a: Noisy, b: Noisy) -> Outcome<u8> {
        ctx.check()?;
        let _local = log.noisy("local");
        pause().await;
        log.say(a.name);
        log.say(b.name);
        Ok(1)
    }

    #[allow(unused_variables, reason = "to be captured all the same")]
    pub(super) async fn unused(ctx: &Ctx, a: Noisy, b: Noisy, c: Noisy) -> Outcome {
        pause().await;
        drop(b);
        Ok(())
    }

    pub(super) async fn wild(ctx: &Ctx, a: Noisy, _: Noisy, c: Noisy, _: Noisy) -> Outcome {
        ctx.check()?;
        let _ = (&a, &c);
        pause().await;
        Ok(())
    }

    pub(super) async fn patterns(ctx: &Ctx, a: Noisy, Pair(b, c): Pair, d: Noisy, (e, _): (Noisy, Noisy)) -> Outcome<usize> {
        ctx.check()?;
        let _locals = (a.log.noisy("local"), a.log.noisy("second local"));
        pause().await;
        Ok([&a, &b, &c, &d, &e].iter().map(|noisy| noisy.name.len()).sum())
    }

    pub(super) async fn wild_between_patterns(ctx: &Ctx, (a, _b): (Noisy, Noisy), _: Noisy, mut c: Noisy, Named { first, .. }: Named) -> Outcome {
        ctx.check()?;
        pause().await;
        c.name = "changed";
        drop((c, first));
        drop(a);
        Ok(())
    }

    pub(super) async fn copied_out_of_a_guard(ctx: &Ctx, (a, _): (Noisy, Noisy), Guard(name, log): Guard, b: Noisy) -> Outcome<usize> {
        ctx.check()?;
        let _local = log.noisy("local");
        pause().await;
        Ok(name.len() + a.name.len() + b.name.len())
    }

    pub(super) async fn assigned(ctx: &Ctx, a: Noisy, mut b: Noisy, c: Noisy, mut n: u32, _: Noisy, (d, _): (Noisy, Noisy)) -> Outcome<u32> {
        ctx.check()?;
        let _local = a.log.noisy("local");
        b.name = "changed";
        n += b.name.len() as u32;
        pause().await;
        b = c.log.noisy("another");
        n += (b.name.len() + d.name.len()) as u32;
        Ok(n)
    }

    #[must_use = "it is an attribute"]
    pub(super) async fn assigned_below_an_attribute(ctx: &Ctx, a: Noisy, mut b: Noisy, c: Noisy) -> Outcome<usize> {
        ctx.check()?;
        b.name = "changed";
        c.log.say(b.name);
        pause().await;
        b = c.log.noisy("another");
        Ok(a.name.len() + b.name.len())
    }

    #[must_use = "it is an attribute"]
    pub(super) async fn patterns_below_an_attribute(ctx: &Ctx, log: Log, a: Noisy, Pair(b, _): Pair, mut c: Noisy, _: Noisy, d: Noisy) -> Outcome<usize> {
        ctx.check()?;
        let _local = log.noisy("local");
        log.say(c.name);
        pause().await;
        c = log.noisy("another");
        Ok(a.name.len() + b.name.len() + c.name.len() + d.name.len())
    }

    #[tracing::instrument(skip_all)]
    #[allow(unused_variables, reason = "to be captured all the same")]
    pub(super) async fn patterns_below_a_macro(ctx: &Ctx, a: Noisy, (b, c): (Noisy, Noisy), d: Noisy) -> Outcome {
        ctx.check()?;
        pause().await;
        Ok(())
    }

    // A macro's, for all that can be told.
    #[rust_analyzer::skip]
    #[allow(unused_variables, unused_assignments, reason = "to be captured all the same, and judged as such")]
    pub(super) async fn patterns_that_stay(ctx: &Ctx, log: Log, a: Noisy, (b, c): (Noisy, Noisy), d: Noisy, Named { first, second: mut e }: Named, whole @ (f, _): (u8, u8)) -> Outcome<usize> {
        ctx.check()?;
        let _local = log.noisy("local");
        e.name = "changed";
        pause().await;
        Ok(a.name.len() + c.name.len() + usize::from(f))
    }

    #[rust_analyzer::skip]
    pub(super) async fn left_by_a_pattern_that_stays(ctx: &Ctx, a: Noisy, (b, _): (Noisy, Noisy), _: Noisy) -> Outcome<usize> {
        ctx.check()?;
        pause().await;
        Ok(a.name.len() + b.name.len())
    }

    pub(super) async fn bindings(ctx: &Ctx, mut n: u32, ref r: Noisy, ref mut m: u32, whole @ (x, _): (u8, u8)) -> Outcome<u32> {
        ctx.check()?;
        n += u32::from(x) + u32::from(whole.1);
        *m += 1;
        pause().await;
        n += *m + r.name.len() as u32;
        Ok(n)
    }

    pub(super) async fn moved(ctx: &Ctx, a: Noisy, b: Noisy, early: bool) -> Outcome<bool> {
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

    pub(super) async fn attributes(ctx: &Ctx, #[cfg(any())] gone: Missing, #[cfg(all())] here: Noisy, #[allow(unused_variables, reason = "to be kept")] idle: u8) -> Outcome<&'static str> {
        ctx.check()?;
        pause().await;
        Ok(here.name)
    }

    pub(super) async fn attributes_under_a_condition(
        ctx: &Ctx,
        #[cfg_attr(all(), cfg(any()))] gone: Missing,
        #[cfg_attr(all(), allow(unused_variables), cfg_attr(all(), cfg(any())))] (gone, _): (Missing, Missing),
        #[cfg_attr(all(), cfg(all()))] here: Noisy,
        #[cfg_attr(any(), cfg(any()))] _there: Noisy,
    ) -> Outcome<&'static str> {
        ctx.check()?;
        pause().await;
        Ok(here.name)
    }

    pub(super) async fn generic<T: AsRef<str>, const N: usize>(ctx: &Ctx, list: [T; N], by: impl Fn(&str) -> usize) -> Outcome<usize>
    where
        T: Clone,
    {
        ctx.check()?;
        pause().await;
        Ok(list.iter().map(|item| by(item.clone().as_ref())).sum())
    }

    pub(super) async fn owned(ctx: Ctx, a: Noisy) -> Outcome {
        pause().await;
        let task = async move { ctx.check() };
        let checked = task.await;
        drop(a);
        checked
    }

    pub(super) async fn unit_struct(ctx: &Ctx, a: Noisy, Unit: Unit, _b: Noisy) -> Outcome {
        ctx.check()?;
        pause().await;
        drop(a);
        Ok(())
    }

    pub(super) async fn unit_struct_in_use(ctx: &Ctx, Unit: Unit, (a, _): (Noisy, Noisy), _b: Noisy) -> Outcome<Unit> {
        ctx.check()?;
        pause().await;
        drop(a);
        Ok(Unit)
    }

    #[allow(non_snake_case, reason = "any name will do")]
    pub(super) async fn r#async(ctx: &Ctx, r#type: Noisy, X: u8, _y: u8) -> Outcome<u8> {
        ctx.check()?;
        pause().await;
        drop(r#type);
        Ok(X)
    }
}

#[test]
fn names() {
    compare!(|ctx, log| twin::names(ctx, log.clone(), log.noisy("a"), log.noisy("b")));
}

#[test]
fn arguments_that_the_body_does_not_name_live_as_long_as_it() {
    compare!(|ctx, log| twin::unused(ctx, log.noisy("a"), log.noisy("b"), log.noisy("c")));
}

#[test]
fn arguments_without_a_name_live_as_long_as_the_body() {
    compare!(|ctx, log| twin::wild(
        ctx,
        log.noisy("a"),
        log.noisy("b"),
        log.noisy("c"),
        log.noisy("d")
    ));
}

#[test]
fn patterns_drop_between_their_neighbours() {
    compare!(|ctx, log| twin::patterns(
        ctx,
        log.noisy("a"),
        Pair(log.noisy("b"), log.noisy("c")),
        log.noisy("d"),
        (log.noisy("e"), log.noisy("f")),
    ));
    compare!(|ctx, log| twin::wild_between_patterns(
        ctx,
        (log.noisy("a"), log.noisy("b")),
        log.noisy("wild"),
        log.noisy("c"),
        Named {
            first: log.noisy("first"),
            second: log.noisy("second")
        },
    ));
}

#[test]
fn patterns_below_an_attribute_drop_between_their_neighbours() {
    compare!(|ctx, log| twin::patterns_below_an_attribute(
        ctx,
        log.clone(),
        log.noisy("a"),
        Pair(log.noisy("b"), log.noisy("not b")),
        log.noisy("c"),
        log.noisy("wild"),
        log.noisy("d"),
    ));
    compare!(|ctx, log| twin::patterns_below_a_macro(
        ctx,
        log.noisy("a"),
        (log.noisy("b"), log.noisy("c")),
        log.noisy("d"),
    ));
    compare!(|ctx, log| twin::patterns_that_stay(
        ctx,
        log.clone(),
        log.noisy("a"),
        (log.noisy("b"), log.noisy("c")),
        log.noisy("d"),
        Named {
            first: log.noisy("first"),
            second: log.noisy("second")
        },
        (1, 2),
    ));
}

#[test]
fn what_a_pattern_copies_from_drops_between_its_neighbours() {
    compare!(|ctx, log| {
        let guard = Guard("guard", Box::leak(Box::new(log.clone())));
        let pair = (log.noisy("a"), log.noisy("c"));
        twin::copied_out_of_a_guard(ctx, pair, guard, log.noisy("b"))
    });
}

#[test]
fn arguments_that_are_assigned_to_drop_between_their_neighbours() {
    compare!(|ctx, log| {
        let pair = (log.noisy("d"), log.noisy("e"));
        let (a, b, c) = (log.noisy("a"), log.noisy("b"), log.noisy("c"));
        twin::assigned(ctx, a, b, c, 1, log.noisy("wild"), pair)
    });
    compare!(|ctx, log| {
        let (a, b, c) = (log.noisy("a"), log.noisy("b"), log.noisy("c"));
        twin::assigned_below_an_attribute(ctx, a, b, c)
    });
}

#[test]
fn bindings_of_every_kind() {
    compare!(|ctx, log| twin::bindings(ctx, 1, log.noisy("r"), 2, (3, 4)));
}

#[test]
fn arguments_that_are_moved() {
    compare!(|ctx, log| twin::moved(ctx, log.noisy("a"), log.noisy("b"), true));
    compare!(|ctx, log| twin::moved(ctx, log.noisy("a"), log.noisy("b"), false));
}

#[test]
fn a_unit_struct_as_a_pattern() {
    compare!(|ctx, log| twin::unit_struct(ctx, log.noisy("a"), Unit, log.noisy("b")));
    compare!(|ctx, log| {
        let pair = (log.noisy("a"), log.noisy("not a"));
        let twin = twin::unit_struct_in_use(ctx, Unit, pair, log.noisy("b"));
        async { twin.await.map(|Unit| ()) }
    });
}

#[test]
fn attributes_on_arguments() {
    compare!(|ctx, log| twin::attributes(ctx, log.noisy("here"), 1));
    compare!(|ctx, log| twin::attributes_under_a_condition(
        ctx,
        log.noisy("here"),
        log.noisy("there")
    ));
}

#[test]
fn generic_arguments() {
    compare!(|ctx, log| {
        let log = log.clone();
        twin::generic(ctx, ["a", "bc"], move |text| {
            log.say(text);
            text.len()
        })
    });
}

#[test]
fn an_owned_context_stays_movable() {
    compare!(|ctx, log| twin::owned(ctx.clone(), log.noisy("a")));
}

#[test]
fn raw_names() {
    compare!(|ctx, log| twin::r#async(ctx, log.noisy("type"), 1, 2));
}

/// Where a macro has to see the names of parameters, what a pattern does not bind stays with the `async fn`: nothing in
/// its body can name that, so nothing can move it into the future that is raced.
#[test]
fn what_a_pattern_below_a_macro_does_not_bind_drops_last() {
    use crate::support::finish;

    let (ctx, log) = (&Ctx::background(), &Log::default());
    let pair = || (log.noisy("b"), log.noisy("not b"));
    let plain = plain::left_by_a_pattern_that_stays(ctx, log.noisy("a"), pair(), log.noisy("wild"));
    assert!(finish(plain).is_ok());
    assert_eq!(log.take(), ["drop wild", "drop b", "drop not b", "drop a"]);
    let annotated =
        annotated::left_by_a_pattern_that_stays(ctx, log.noisy("a"), pair(), log.noisy("wild"));
    assert!(finish(annotated).is_ok());
    assert_eq!(log.take(), ["drop b", "drop a", "drop wild", "drop not b"]);
}

/// What is captured drops in the order of capture, polled or not. A plain fn has both orders because it moves its
/// arguments into locals at the first poll, and keeps room for both: to do the same would double what an argument takes.
#[test]
fn never_polled_arguments_drop_the_other_way_round() {
    use crate::support::{dropped_in_the_middle, finish};

    let log = &Log::default();
    let ctx = &Ctx::background();
    let arguments = || (log.noisy("a"), log.noisy("b"));
    let captured = |(a, b): (Noisy, Noisy)| async move {
        let _ = &b;
        let _ = &a;
        pause().await;
    };
    let moved = |(a, b): (Noisy, Noisy)| async move {
        let (_a, _b) = (a, b);
        pause().await;
    };
    let (ab, ba) = (["drop a", "drop b"], ["drop b", "drop a"]);

    drop(captured(arguments()));
    assert_eq!(log.take(), ba);
    assert_eq!(dropped_in_the_middle(captured(arguments()), log), ba);
    finish(captured(arguments()));
    assert_eq!(log.take(), ba);

    drop(moved(arguments()));
    assert_eq!(log.take(), ab);
    assert_eq!(dropped_in_the_middle(moved(arguments()), log), ba);
    finish(moved(arguments()));
    assert_eq!(log.take(), ba);
    let size = |captured: usize, moved: usize| moved >= captured + size_of::<(Noisy, Noisy)>();
    assert!(size(
        size_of_val(&captured(arguments())),
        size_of_val(&moved(arguments()))
    ));
    log.take();

    let (a, b) = arguments();
    drop(plain::two(ctx, a, b));
    assert_eq!(log.take(), ab);
    let (a, b) = arguments();
    drop(annotated::two(ctx, a, b));
    assert_eq!(log.take(), ba);
}
