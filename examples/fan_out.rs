//! Asks several at once and needs every answer: the first failure stops the others.
//!
//! `cargo run --example fan_out`

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ctx_core::{Ctx, Error, cancellable};
use tokio::time::sleep;

#[derive(Debug, thiserror::Error)]
enum ShardError {
    #[error("shard {0} is broken")]
    Broken(char),
    #[error(transparent)]
    CutOff(#[from] Error),
}

/// Queries that have begun and not ended.
static RUNNING: AtomicU32 = AtomicU32::new(0);

struct Running;

impl Running {
    fn one_more() -> Self {
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cancellable]
async fn query(shard: char, takes: Duration) -> Result<String, ShardError> {
    let _running = Running::one_more();
    sleep(takes).await;
    match shard {
        'x' => Err(ShardError::Broken(shard)),
        _ => Ok(format!("{shard} has it")),
    }
}

/// In this task: the first failure drops the other futures, and all of them have the caller's context.
#[cancellable]
async fn query_all(b: char) -> Result<[String; 3], ShardError> {
    let (a, b, c) = tokio::try_join!(
        query(ctx, 'a', Duration::from_millis(30)),
        query(ctx, b, Duration::from_millis(20)),
        query(ctx, 'c', Duration::from_millis(10)),
    )?;
    Ok([a, b, c])
}

/// In tasks of their own, by hand: a task is not dropped with its handle, so it needs a context that we cancel.
async fn query_all_in_tasks(ctx: &Ctx, b: char) -> Result<Vec<String>, ShardError> {
    let (ctx, cancel) = ctx.with_cancel();
    let tasks = [('a', 3600), (b, 0), ('c', 3600)].map(|(shard, takes)| {
        let cancel = cancel.clone();
        ctx.spawn(move |ctx| async move {
            let answer = query(&ctx, shard, Duration::from_secs(takes)).await;
            if let Err(error @ ShardError::Broken(_)) = &answer {
                cancel.cancel_with(error.to_string());
            }
            answer
        })
    });

    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("no panic"));
    }
    answers.into_iter().collect()
}

#[tokio::main]
async fn main() -> Result<(), ShardError> {
    let ctx = Ctx::background().with_timeout(Duration::from_secs(60));

    let answers = query_all(&ctx, 'b').await?;
    assert_eq!(answers, ["a has it", "b has it", "c has it"]);

    let error = query_all(&ctx, 'x').await.unwrap_err();
    assert_eq!(error.to_string(), "shard x is broken");
    assert_eq!(RUNNING.load(Ordering::SeqCst), 0, "the others have stopped");

    // The first in the list was cut off, and says by what.
    let error = query_all_in_tasks(&ctx, 'x').await.unwrap_err();
    assert_eq!(error.to_string(), "context cancelled: shard x is broken");
    assert_eq!(RUNNING.load(Ordering::SeqCst), 0, "the tasks have ended");
    assert!(!ctx.is_done(), "the caller's context goes on");
    Ok(())
}
