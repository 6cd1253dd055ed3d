//! A service that does jobs until it is told to stop, then finishes those that it has accepted.
//!
//! `cargo run --example service -- 2s 2s 2s`, then Ctrl-C. Each argument is a job, and how long it takes.
//!
//! - The first signal cancels `ctx`: nothing more is accepted, and the worker drains its queue. The process ends when that has
//!   ended, with 0.
//! - What takes longer than the grace is dropped, and stderr says where it was spawned: try `GRACE=1s`.
//! - A second signal ends the process at once, with 130 or 143, as a shell expects.
//! - An error of `main` is printed with its report, and the exit code is 1: try `1h` six times over.

use std::env;
use std::time::Duration;

use ctx_core::{BoxError, Ctx, Error, cancellable};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::sleep;

/// How many jobs wait while one is done.
const QUEUE: usize = 4;

/// Does the jobs one by one. It needs no race of its own: without senders the queue ends, once it is empty.
async fn work(mut jobs: Receiver<Duration>) {
    let mut number = 0;
    while let Some(takes) = jobs.recv().await {
        number += 1;
        println!("job {number} begins");
        sleep(takes).await;
        println!("job {number} has ended");
    }
    println!("drained");
}

/// A queue that stays full is a reason to give up, and says so in its error.
#[cancellable(timeout = "100ms")]
async fn accept(queue: &Sender<Duration>, takes: Duration) -> Result<(), Error> {
    queue.send(takes).await.expect("the worker takes jobs");
    Ok(())
}

/// Accepts jobs until `ctx` is done. A real service would listen for them.
async fn serve(ctx: &Ctx, queue: Sender<Duration>) -> Result<(), BoxError> {
    for job in env::args().skip(1) {
        accept(ctx, &queue, humantime::parse_duration(&job)?).await?;
    }
    println!("ready");
    println!("stopping: {}", ctx.done().await);
    Ok(())
}

/// Where the time is known beforehand, `grace = "10s"` does.
fn grace() -> Duration {
    let set = env::var("GRACE").ok();
    let set = set.and_then(|grace| humantime::parse_duration(&grace).ok());
    set.unwrap_or(Duration::from_secs(10))
}

#[ctx_core::main(grace = grace())]
async fn main() -> Result<(), BoxError> {
    let (queue, jobs) = channel(QUEUE);
    // Spawned through the context, so the process waits for it.
    ctx.spawn(|_| work(jobs));
    serve(ctx, queue).await
}
