//! Cancels work that nobody waits for any more: a search in two places, of which the first answer is enough.
//!
//! `cargo run --example cancel`

use std::time::Duration;

use ctx_core::{Ctx, Error, cancellable};

#[derive(Debug, thiserror::Error)]
#[error("found it elsewhere")]
struct FoundElsewhere;

/// Looks in one room after the other, and would do so for ever.
#[cancellable]
async fn search_the_house() -> Result<&'static str, Error> {
    for room in 1.. {
        tokio::time::sleep(Duration::from_millis(10)).await;
        println!("the keys are not in room {room}");
    }
    Ok("in the house")
}

/// The same by hand: `run` races a future with the context.
async fn search_the_garden(ctx: &Ctx) -> Result<&'static str, Error> {
    ctx.run(async {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        "in the garden"
    })
    .await
}

/// A loop without awaits, on a thread, has to ask.
fn search_the_universe(ctx: &Ctx) -> Result<u64, Error> {
    for star in 0.. {
        ctx.check()?;
        std::thread::sleep(Duration::from_millis(1));
        assert!(star < u64::MAX, "nobody has that long");
    }
    Ok(0)
}

#[tokio::main]
async fn main() {
    let (ctx, cancel) = Ctx::background().with_cancel();

    let house = ctx.spawn(|ctx| async move { search_the_house(&ctx).await });
    let garden = ctx.spawn(|ctx| async move { search_the_garden(&ctx).await });
    let universe = ctx.spawn_blocking(|ctx| search_the_universe(&ctx));

    tokio::time::sleep(Duration::from_millis(100)).await;
    cancel.cancel_with(FoundElsewhere);
    assert!(ctx.is_done(), "the context is done when `cancel` returns");

    // All three stop, and can say why.
    let house = house.await.expect("no panic").unwrap_err();
    let garden = garden.await.expect("no panic").unwrap_err();
    let universe = universe.await.expect("no panic").unwrap_err();
    for error in [house, garden, universe] {
        assert!(error.is_cancelled());
        let cause = error.cause().expect("there is one");
        assert!(cause.is::<FoundElsewhere>());
        println!("{error}");
    }

    // What is done stays done: the body of a fn that is called now does not even start.
    let error = search_the_house(&ctx).await.unwrap_err();
    assert_eq!(error.to_string(), "context cancelled: found it elsewhere");

    // When the last canceller is dropped, the context is cancelled too: nothing runs on by mistake.
    let (ctx, cancel) = Ctx::background().with_cancel();
    drop(cancel);
    assert!(ctx.is_done());
}
