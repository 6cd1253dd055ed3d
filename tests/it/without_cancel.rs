//! `without_cancel`: the values of a context and nothing of its end.

use ctx_core::Ctx;

use crate::support::{advance, cause, ms, outcome};

ctx_core::ctx_key! {
    struct User(&'static str);
}

#[tokio::test(start_paused = true)]
async fn it_is_not_done_when_its_parent_is() {
    let (parent, cancel) = Ctx::background().with_timeout(ms(10)).with_cancel();
    let free = parent.without_cancel();
    cancel.cancel();
    advance(20).await;
    assert!(!free.is_done() && !parent.without_cancel().is_done());
    assert_eq!(free.deadline(), None);
    assert!(tokio_test::task::spawn(free.done()).poll().is_pending());
}

#[test]
fn it_keeps_the_values_of_self_and_of_a_merge() {
    ctx_core::ctx_key! { struct Tenant(u8); }
    let other = Ctx::background().with_value(Tenant(4));
    let ctx = Ctx::background().with_value(User("gopher")).merge(&other);
    let free = ctx.without_cancel();
    assert_eq!(free.value::<User>().map(|user| user.0), Some("gopher"));
    assert_eq!(free.value::<Tenant>().map(|tenant| tenant.0), Some(4));
}

#[tokio::test(start_paused = true)]
async fn what_is_derived_from_it_begins_anew() {
    let (parent, cancel_parent) = Ctx::background().with_value(User("gopher")).with_cancel();
    cancel_parent.cancel_with("parent");
    let (fresh, cancel) = parent.without_cancel().with_cancel();
    let timeout = parent
        .without_cancel()
        .with_timeout_cause(ms(10), "cleanup");
    assert!(!fresh.is_done() && !timeout.is_done());
    assert!(fresh.value::<User>().is_some());
    cancel.cancel_with("fresh");
    assert_eq!(cause(&outcome(&fresh)), "fresh");
    assert_eq!(cause(&timeout.done().await), "cleanup");
}

#[test]
fn it_outlives_its_parent_and_a_graced_one_too() {
    let (parent, cancel) = Ctx::background().with_value(User("gopher")).with_cancel();
    let free = parent.with_grace(ms(1)).without_cancel();
    drop((parent, cancel));
    assert!(!free.is_done());
    assert!(free.value::<User>().is_some());
}
