//! The first success of several attempts.

use std::fmt;
use std::future::Future;
use std::panic::{Location, resume_unwind};
use std::time::Duration;

use tokio::task::JoinSet;

use crate::canceller::Canceller;
use crate::ctx::Ctx;
use crate::task::Within;

/// Attempts that run at once, under one context.
struct Attempts<T, E> {
    ctx: Ctx,
    origin: &'static Location<'static>,
    cancel: Canceller,
    running: JoinSet<(usize, Result<T, E>)>,
    started: usize,
    failed: Vec<(usize, E)>,
}

impl<T: Send + 'static, E: Send + 'static> Attempts<T, E> {
    fn new(parent: &Ctx, origin: &'static Location<'static>) -> Self {
        let (ctx, cancel) = parent.cancel_from(origin);
        Attempts {
            ctx,
            origin,
            cancel,
            running: JoinSet::new(),
            started: 0,
            failed: Vec::new(),
        }
    }

    fn start<F, Fut>(&mut self, task: F)
    where
        F: FnOnce(Ctx) -> Fut,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        let number = self.started;
        self.started += 1;
        let fut = task(self.ctx.clone());
        let numbered = async move { (number, fut.await) };
        // Known to who waits for all tasks: a loser may go on after the winner was returned.
        let attempt = Within::task(&self.ctx, self.origin, numbered);
        self.running.spawn(attempt);
    }

    /// What the next attempt that ends comes to; `None` if none is running.
    async fn next(&mut self) -> Option<Option<T>> {
        match self.running.join_next().await? {
            Ok((_, Ok(output))) => Some(Some(output)),
            Ok((number, Err(err))) => {
                self.failed.push((number, err));
                Some(None)
            }
            Err(err) => match err.try_into_panic() {
                Ok(payload) => resume_unwind(payload),
                // The runtime is being shut down.
                Err(_) => Some(None),
            },
        }
    }

    /// The others are not needed: they stop by their context, each with its grace.
    fn succeed(mut self, output: T) -> T {
        self.cancel.cancel_where_derived(Needless::AnotherSucceeded);
        self.running.detach_all();
        output
    }

    fn into_errors(mut self) -> Vec<E> {
        self.failed.sort_unstable_by_key(|(number, _)| *number);
        self.failed.drain(..).map(|(_, err)| err).collect()
    }
}

/// After a success, which cancelled with a cause of its own, this changes nothing.
impl<T, E> Drop for Attempts<T, E> {
    fn drop(&mut self) {
        self.cancel.cancel_where_derived(Needless::NobodyWaits);
    }
}

/// The cause with which attempts are cancelled that are not needed any more.
#[derive(Debug)]
enum Needless {
    AnotherSucceeded,
    NobodyWaits,
}

impl fmt::Display for Needless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Needless::AnotherSucceeded => "another attempt succeeded first",
            Needless::NobodyWaits => "nobody waits for its attempts any more",
        })
    }
}

impl std::error::Error for Needless {}

impl Ctx {
    /// Starts all tasks at once; the first success, which cancels the rest.
    ///
    /// The replicated search of Rob Pike's talk "Go Concurrency Patterns". All tasks get the same child of this context.
    /// The rest are not waited for: they stop by that context, and may use a grace of theirs.
    ///
    /// # Errors
    ///
    /// The errors of all of them, in their order, if none succeeds; empty if there are no tasks.
    ///
    /// # Panics
    ///
    /// If a task does, with the same payload; outside of a Tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping it cancels and aborts the tasks.
    ///
    /// ```
    /// # use ctx_core::{Ctx, Error};
    /// # tokio_test::block_on(async {
    /// let replicas = ["slow", "fast"];
    /// let tasks = replicas.map(|name| {
    ///     move |ctx: Ctx| async move {
    ///         if name == "slow" {
    ///             return Err(ctx.done().await);
    ///         }
    ///         Ok(name)
    ///     }
    /// });
    /// assert_eq!(Ctx::background().first_ok(tasks).await.ok(), Some("fast"));
    /// # });
    /// ```
    #[track_caller]
    pub fn first_ok<T, E, F, Fut>(
        &self,
        tasks: impl IntoIterator<Item = F>,
    ) -> impl Future<Output = Result<T, Vec<E>>>
    where
        F: FnOnce(Ctx) -> Fut,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let origin = Location::caller();
        async move {
            let mut attempts = Attempts::new(self, origin);
            for task in tasks {
                attempts.start(task);
            }
            while let Some(ended) = attempts.next().await {
                if let Some(output) = ended {
                    return Ok(attempts.succeed(output));
                }
            }
            Err(attempts.into_errors())
        }
    }

    /// Starts the next task when `after` has gone by or one has failed; the first success, which cancels the
    /// rest.
    ///
    /// Hedged requests, from Dean and Barroso, "The Tail at Scale". Once this context is done no further task is
    /// started.
    ///
    /// # Errors
    ///
    /// The errors of all that were started, in their order, if none succeeds; empty if there are no tasks.
    ///
    /// # Panics
    ///
    /// If a task does, with the same payload; outside of a Tokio runtime with timers.
    ///
    /// # Cancel safety
    ///
    /// Dropping it cancels and aborts the tasks.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use ctx_core::{Ctx, Error};
    /// # tokio_test::block_on(async {
    /// let tasks = [1, 2].map(|n| {
    ///     move |ctx: Ctx| async move {
    ///         if n == 1 {
    ///             return Err(ctx.done().await); // hangs
    ///         }
    ///         Ok(n)
    ///     }
    /// });
    /// let answer = Ctx::background().hedge(Duration::from_millis(5), tasks).await;
    /// assert_eq!(answer.ok(), Some(2));
    /// # });
    /// ```
    #[track_caller]
    pub fn hedge<T, E, F, Fut>(
        &self,
        after: Duration,
        tasks: impl IntoIterator<Item = F>,
    ) -> impl Future<Output = Result<T, Vec<E>>>
    where
        F: FnOnce(Ctx) -> Fut,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let origin = Location::caller();
        async move {
            let mut tasks = tasks.into_iter();
            let mut attempts = Attempts::new(self, origin);
            let mut more = true;
            loop {
                if more && (attempts.started == 0 || !self.is_done()) {
                    match tasks.next() {
                        Some(task) => attempts.start(task),
                        None => more = false,
                    }
                }
                let ended = if more && !self.is_done() {
                    // Nobody ends in time: the next one starts.
                    match tokio::time::timeout(after, attempts.next()).await {
                        Ok(ended) => ended,
                        Err(_) => continue,
                    }
                } else {
                    attempts.next().await
                };
                match ended {
                    Some(Some(output)) => return Ok(attempts.succeed(output)),
                    Some(None) => {}
                    None => return Err(attempts.into_errors()),
                }
            }
        }
    }
}
