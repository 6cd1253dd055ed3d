//! Random programs over a tree, on the paused clock, compared with a model at every step.
//!
//! A step derives, cancels, advances the clock, waits, stops, drops or looks. Compared are: done,
//! kind, cause, origin, deadline, values, which waiters are woken (none missing, few in vain), and
//! which callbacks are called. `PROPTEST_CASES=100000 cargo test -p ctx-tests --test it reference` runs more.

mod model;
mod observers;
mod world;

use proptest::{collection::vec, prelude::*};

use self::world::World;

/// Which of the things at hand: taken modulo their number.
type Pick = usize;

#[derive(Clone, Debug)]
enum Step {
    Cancellable(Pick),
    Timeout(Pick, u64),
    /// May be past.
    Deadline(Pick, u64),
    LeftValue(Pick),
    RightValue(Pick),
    Free(Pick),
    Grace(Pick, u64),
    Merge(Pick, Pick),
    DropCtx(Pick),
    Cancel(Pick),
    CancelWith(Pick),
    CloneCanceller(Pick),
    DropCanceller(Pick),
    Detach(Pick),
    Advance(u64),
    Look(Pick),
    Wait(Pick),
    Race(Pick),
    RaceInRace(Pick, Pick),
    Move(Pick),
    Poll(Pick),
    DropWaiter(Pick),
    AfterDone(Pick),
    Stop(Pick),
}

fn step() -> impl Strategy<Value = Step> {
    let pick = || 0..1000_usize;
    let time = || (0..8_u64).prop_map(|n| n * 10);
    prop_oneof![
        4 => pick().prop_map(Step::Cancellable),
        4 => (pick(), time()).prop_map(|(ctx, after)| Step::Timeout(ctx, after)),
        2 => (pick(), (0..20_u64).prop_map(|n| n * 10)).prop_map(|(ctx, at)| Step::Deadline(ctx, at)),
        1 => pick().prop_map(Step::LeftValue),
        1 => pick().prop_map(Step::RightValue),
        1 => pick().prop_map(Step::Free),
        2 => (pick(), time()).prop_map(|(ctx, grace)| Step::Grace(ctx, grace)),
        3 => (pick(), pick()).prop_map(|(ctx, other)| Step::Merge(ctx, other)),
        3 => pick().prop_map(Step::DropCtx),
        1 => pick().prop_map(Step::Cancel),
        2 => pick().prop_map(Step::CancelWith),
        1 => pick().prop_map(Step::CloneCanceller),
        2 => pick().prop_map(Step::DropCanceller),
        1 => pick().prop_map(Step::Detach),
        4 => time().prop_map(Step::Advance),
        5 => pick().prop_map(Step::Look),
        3 => pick().prop_map(Step::Wait),
        2 => pick().prop_map(Step::Race),
        2 => (pick(), pick()).prop_map(|(outer, inner)| Step::RaceInRace(outer, inner)),
        1 => pick().prop_map(Step::Move),
        1 => pick().prop_map(Step::Poll),
        2 => pick().prop_map(Step::DropWaiter),
        2 => pick().prop_map(Step::AfterDone),
        1 => pick().prop_map(Step::Stop),
    ]
}

async fn execute(program: &[Step]) {
    let mut world = World::new();
    for step in program {
        world.take(step).await;
        world.settle().await;
        world.check_clock();
    }
    world.look_at_all();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn programs_do_what_the_model_says(program in vec(step(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(execute(&program));
    }
}
