//! Asks three replicas that hold the same data: the first success wins, and the others are cancelled.
//!
//! `cargo run --example replicas`

use std::time::Duration;

use ctx_core::{Ctx, Error, cancellable};
use tokio::sync::mpsc;
use tokio::time::sleep;

const HOUR: Duration = Duration::from_secs(3600);

#[derive(Debug, thiserror::Error)]
enum ReplicaError {
    #[error("{0} is down")]
    Down(&'static str),
    #[error(transparent)]
    CutOff(#[from] Error),
}

#[cancellable]
async fn ask(replica: &'static str, takes: Duration) -> Result<String, ReplicaError> {
    sleep(takes).await;
    match replica {
        "rome" => Err(ReplicaError::Down(replica)),
        _ => Ok(format!("{replica} says 42")),
    }
}

#[tokio::main]
async fn main() {
    let ctx = Ctx::background().with_timeout(Duration::from_secs(60));

    // Rome fails at once, Oslo answers, Lima would take an hour.
    let replicas = [
        ("rome", Duration::ZERO),
        ("oslo", Duration::from_millis(20)),
        ("lima", HOUR),
    ];
    let (asking, mut nobody_asks) = mpsc::channel::<()>(1);
    let tasks = replicas.map(|(replica, takes)| {
        let asking = asking.clone();
        move |ctx: Ctx| async move {
            let _asking = asking;
            ask(&ctx, replica, takes).await
        }
    });
    drop(asking);
    let answer = ctx.first_ok(tasks).await.expect("one of them answers");
    assert_eq!(answer, "oslo says 42");
    assert!(!ctx.is_done(), "the caller's context goes on");

    // Lima is not left waiting: every task drops its sender, and the channel closes.
    assert_eq!(nobody_asks.recv().await, None);

    // With no success there are the errors, in the order of the replicas.
    let rome = |ctx: Ctx| async move { ask(&ctx, "rome", Duration::ZERO).await };
    let errors = ctx.first_ok([rome, rome]).await.unwrap_err();
    let errors = errors.iter().map(ToString::to_string);
    assert_eq!(errors.collect::<Vec<_>>(), ["rome is down", "rome is down"]);
}
