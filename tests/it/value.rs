//! Values: typed, shadowed from below, looked up through everything.

use std::{cell::RefCell, error::Error as _, panic::Location, time::Duration};

use ctx_core::{Ctx, ErrorKind, Key};

use crate::support::{Drops, LONG, assert_origin};

ctx_core::ctx_key! {
    /// A name that other modules use as well.
    #[derive(Clone, PartialEq)]
    pub(crate) struct User(pub(crate) &'static str);

    struct Tenant(u32);

    #[key(default = 7)]
    struct Depth(u32);

    #[key(default = std::iter::repeat_n('x', 3).collect())]
    struct Text(String);

    #[key(secret)]
    struct Token(String);

    struct Guarded(crate::support::DropGuard);
}

mod other {
    ctx_core::ctx_key! {
        #[derive(Clone, PartialEq)]
        pub(crate) struct User(pub(crate) &'static str);
    }
}

#[test]
fn a_value_is_seen_on_its_context_and_below_but_not_above() {
    let root = Ctx::background();
    let ctx = root.with_value(User("gopher"));
    let below = ctx.with_timeout(LONG).with_cancel().0;
    assert!(root.value::<User>().is_none());
    assert_eq!(ctx.value(), Some(&User("gopher")));
    assert_eq!(below.value(), Some(&User("gopher")));
}

#[test]
fn the_nearest_value_shadows_the_ones_above() {
    let outer = Ctx::background().with_value(User("outer"));
    let inner = outer.with_value(Tenant(1)).with_value(User("inner"));
    assert_eq!(inner.value(), Some(&User("inner")));
    assert_eq!(outer.value(), Some(&User("outer")));
}

#[test]
fn siblings_do_not_see_each_others_values() {
    let (root, _cancel) = Ctx::background().with_cancel();
    let left = root.with_value(User("left"));
    let right = root.with_value(User("right"));
    assert_eq!(left.value(), Some(&User("left")));
    assert_eq!(right.value(), Some(&User("right")));
}

#[test]
fn keys_of_the_same_name_in_two_modules_never_meet() {
    let ctx = Ctx::background().with_value(User("mine"));
    assert!(ctx.value::<other::User>().is_none());
    let ctx = ctx.with_value(other::User("theirs"));
    assert_eq!(ctx.value(), Some(&User("mine")));
    assert_eq!(ctx.value(), Some(&other::User("theirs")));
}

#[test]
fn keys_declared_in_two_fns_never_meet() {
    fn one(ctx: &Ctx) -> Ctx {
        ctx_core::ctx_key! { struct Here(u8); }
        ctx.with_value(Here(1))
    }
    fn two(ctx: &Ctx) -> bool {
        ctx_core::ctx_key! { struct Here(u8); }
        ctx.value::<Here>().is_none()
    }
    assert!(two(&one(&Ctx::background())));
}

#[test]
fn a_key_knows_its_name() {
    assert_eq!(User::NAME, "User");
    assert_eq!(<other::User as Key>::NAME, "User");
}

#[test]
fn a_key_dereferences_to_what_it_holds() {
    let ctx = Ctx::background().with_value(User("gopher"));
    let user = ctx.get::<User>().expect("it was set");
    assert_eq!(user.len(), "gopher".len());
    assert_eq!(user.0, "gopher");
}

#[test]
fn get_of_a_missing_value_names_the_key_and_the_call() {
    let ctx = Ctx::background().with_value(Tenant(1));
    let (here, got) = (Location::caller(), ctx.get::<User>());
    let err = got.expect_err("there is no user");
    assert_eq!(err.kind(), ErrorKind::MissingValue);
    assert!(err.is_missing_value() && !err.is_cancelled() && !err.is_deadline_exceeded());
    assert_eq!(err.to_string(), "missing context value `User`");
    assert!(err.cause().is_none() && err.source().is_none());
    assert_origin(&err, here);
}

#[test]
fn a_missing_value_does_not_make_the_context_done() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    assert!(ctx.get::<User>().is_err());
    assert!(!ctx.is_done());
}

#[test]
fn a_default_stands_in_for_a_missing_value() {
    let ctx = Ctx::background();
    assert_eq!(ctx.value::<Depth>().map(|depth| **depth), Some(7));
    assert_eq!(**ctx.get::<Depth>().expect("a default"), 7);
    let ctx = ctx.with_value(Depth(1));
    assert_eq!(ctx.value::<Depth>().map(|depth| **depth), Some(1));
}

#[test]
fn a_default_is_evaluated_once() {
    static ROOT: Ctx = Ctx::background();
    let first: &Text = ROOT.get().expect("a default");
    let ctx = Ctx::background().with_value(User("gopher"));
    let second: &Text = ctx.get().expect("a default");
    assert_eq!(&**first, "xxx");
    assert!(std::ptr::eq(first, second));
}

#[test]
fn a_secret_is_found_but_never_printed() {
    let ctx = Ctx::background().with_value(Token("hunter2".into()));
    let token = ctx.get::<Token>().expect("it was set");
    assert_eq!(token.0, "hunter2");
    for text in [
        format!("{token:?}"),
        format!("{token:#?}"),
        format!("{ctx}"),
        format!("{ctx:?}"),
        format!("{ctx:#?}"),
    ] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert!(format!("{token:?}").contains("<secret>"));
}

#[test]
fn values_are_still_there_once_the_context_is_done() {
    let (ctx, cancel) = Ctx::background().with_value(User("gopher")).with_cancel();
    cancel.cancel();
    assert_eq!(ctx.value(), Some(&User("gopher")));
    assert_eq!(ctx.with_value(Tenant(3)).value(), Some(&User("gopher")));
}

#[test]
fn a_value_is_borrowed_from_the_context_not_from_the_lookup() {
    fn user(ctx: &Ctx) -> Option<&User> {
        ctx.value()
    }
    let ctx = Ctx::background()
        .with_value(User("gopher"))
        .with_timeout(LONG);
    let (first, clone) = (user(&ctx), ctx.clone());
    assert!(
        std::ptr::eq(first.expect("set"), user(&clone).expect("set")),
        "clones share it"
    );
}

#[test]
fn a_value_is_dropped_with_the_last_context_that_sees_it() {
    let drops = Drops::default();
    let ctx = Ctx::background().with_value(Guarded(drops.guard()));
    let below = ctx
        .with_value(Tenant(1))
        .with_timeout(Duration::MAX)
        .with_cancel();
    drop(ctx);
    assert_eq!(drops.count(), 0);
    drop(below);
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_shadowed_value_lives_as_long_as_its_context() {
    let drops = Drops::default();
    let ctx = Ctx::background().with_value(Guarded(drops.guard()));
    let inner = ctx.with_value(Guarded(drops.guard()));
    drop(inner);
    assert_eq!(drops.count(), 1);
    drop(ctx);
    assert_eq!(drops.count(), 2);
}

macro_rules! many_keys {
    ($($name:ident)*) => {
        ctx_core::ctx_key! { $(struct $name(usize);)* }

        /// One value of every key, in the order of their declaration.
        fn with_all(ctx: &Ctx, from: usize) -> Ctx {
            let (mut ctx, mut n) = (ctx.clone(), from);
            $(
                ctx = ctx.with_value($name(n));
                n += 1;
            )*
            let _ = n;
            ctx
        }

        fn all(ctx: &Ctx) -> Vec<Option<usize>> {
            vec![$(ctx.value::<$name>().map(|value| value.0)),*]
        }
    };
}

many_keys! {
    K00 K01 K02 K03 K04 K05 K06 K07 K08 K09 K10 K11 K12 K13 K14 K15 K16 K17 K18 K19 K20 K21 K22 K23
    K24 K25 K26 K27 K28 K29 K30 K31 K32 K33 K34 K35 K36 K37 K38 K39 K40 K41 K42 K43 K44 K45 K46 K47
    K48 K49 K50 K51 K52 K53 K54 K55 K56 K57 K58 K59 K60 K61 K62 K63 K64 K65 K66 K67 K68 K69 K70 K71
}

#[test]
fn each_of_many_keys_finds_its_own_value() {
    let ctx = with_all(&Ctx::background(), 100);
    let expected: Vec<_> = (100..172).map(Some).collect();
    assert_eq!(all(&ctx), expected);
    assert!(ctx.value::<User>().is_none());
    assert!(all(&Ctx::background()).iter().all(Option::is_none));
}

#[test]
fn many_keys_can_all_be_shadowed() {
    let ctx = with_all(&with_all(&Ctx::background(), 0), 500);
    assert_eq!(all(&ctx), (500..572).map(Some).collect::<Vec<_>>());
}

#[test]
fn a_deep_chain_is_searched_to_its_end() {
    let mut ctx = Ctx::background().with_value(User("root"));
    for n in 0..10_000 {
        ctx = ctx.with_value(Tenant(n));
        if n % 100 == 0 {
            ctx = ctx.with_timeout(LONG);
        }
    }
    assert_eq!(ctx.value(), Some(&User("root")));
    assert_eq!(ctx.value::<Tenant>().map(|tenant| tenant.0), Some(9_999));
    assert!(ctx.value::<other::User>().is_none());
    assert!(ctx.get::<Token>().is_err());
}

thread_local! {
    static SEEN: RefCell<Vec<bool>> = const { RefCell::new(Vec::new()) };
}

struct LooksWhenDropped(Ctx);

impl Drop for LooksWhenDropped {
    fn drop(&mut self) {
        let child = self.0.with_value(Tenant(9)).with_cancel().0;
        SEEN.with_borrow_mut(|seen| seen.push(child.value::<Tenant>().is_some()));
    }
}

#[test]
fn a_value_may_use_a_context_while_it_is_dropped() {
    ctx_core::ctx_key! { struct Looks(LooksWhenDropped); }
    let (root, _cancel) = Ctx::background().with_cancel();
    let ctx = root.with_value(Looks(LooksWhenDropped(root.clone())));
    drop(ctx);
    assert_eq!(SEEN.with_borrow_mut(std::mem::take), [true]);
}
