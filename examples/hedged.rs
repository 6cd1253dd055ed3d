//! Asks a second replica only when the first is slow: a short tail of the latency for little more load.
//!
//! `cargo run --example hedged`

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ctx_core::{Ctx, Error, cancellable};
use tokio::time::sleep;

const HOUR: Duration = Duration::from_secs(3600);

static ASKED: AtomicU32 = AtomicU32::new(0);

#[derive(Debug, thiserror::Error)]
enum ReplicaError {
    #[error("the replica is down")]
    Down,
    #[error(transparent)]
    CutOff(#[from] Error),
}

/// `takes`: `None` fails at once.
#[cancellable]
async fn ask(takes: Option<Duration>) -> Result<&'static str, ReplicaError> {
    ASKED.fetch_add(1, Ordering::SeqCst);
    sleep(takes.ok_or(ReplicaError::Down)?).await;
    Ok("42")
}

/// Asks replicas that take so long, the next one whenever `patience` has gone by; says how many it asked.
async fn hedged(ctx: &Ctx, patience: Duration, replicas: &[Option<Duration>]) -> u32 {
    ASKED.store(0, Ordering::SeqCst);
    let tasks = replicas
        .iter()
        .map(|&takes| move |ctx: Ctx| async move { ask(&ctx, takes).await });
    let answer = ctx
        .hedge(patience, tasks)
        .await
        .expect("one of them answers");
    assert_eq!(answer, "42");
    ASKED.load(Ordering::SeqCst)
}

#[tokio::main]
async fn main() {
    let ctx = Ctx::background().with_timeout(Duration::from_secs(60));
    let (quick, slow, down) = (Some(Duration::ZERO), Some(HOUR), None);
    let soon = Duration::from_millis(30);

    // The first is quick enough: the second is never asked.
    assert_eq!(hedged(&ctx, HOUR, &[quick, slow]).await, 1);

    // The first is slow: the second is asked 30 ms later, and its answer cancels the first.
    assert_eq!(hedged(&ctx, soon, &[slow, quick]).await, 2);

    // One that fails is not waited for.
    assert_eq!(hedged(&ctx, HOUR, &[down, quick]).await, 2);
}
