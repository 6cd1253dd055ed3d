//! Tasks that belong together.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::num::NonZeroUsize;
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};

use crate::ctx::Ctx;
use crate::siblings::Siblings;
use crate::stack::Frame;
use crate::tracker::{Running, Tracker};

/// Tasks under one context, which ends with the first that fails; made by [`Ctx::group`].
///
/// Go's `errgroup.Group`, with results. The first `Err` cancels the group's context at once, joined or not, with
/// the cause [`SiblingFailed`]; the other tasks stop by their context. A panic cancels too, and resumes in
/// [`next`](Self::next) or [`join`](Self::join) after the siblings have ended. Dropping the group cancels and aborts.
///
/// ```
/// use ctx_core::{Ctx, Error, Group};
///
/// # tokio_test::block_on(async {
/// let mut group: Group<u32, Error> = Ctx::background().group();
/// for n in 1..=3 {
///     group.spawn(move |ctx| async move { ctx.run(async { n * n }).await });
/// }
/// assert_eq!(group.join().await?, [1, 4, 9]);
/// # Ok::<(), Error>(())
/// # }).unwrap();
/// ```
#[must_use = "dropping a group cancels it and aborts its tasks"]
pub struct Group<T, E> {
    siblings: Arc<Siblings>,
    turns: Option<Arc<Semaphore>>,
    tasks: JoinSet<(usize, Result<T, E>)>,
    spawned: usize,
    /// In a mutex that is never locked: so the group is `Sync`, which a payload need not be.
    panic: Option<Mutex<Box<dyn Any + Send>>>,
}

/// The cause with which a [`Group`] is cancelled when one of its tasks fails or panics.
///
/// ```
/// use ctx_core::{Ctx, Group, SiblingFailed};
///
/// # tokio_test::block_on(async {
/// let mut group: Group<(), &str> = Ctx::background().group();
/// let ctx = group.ctx().clone();
/// group.spawn(|_| async { Err("no such shard") });
/// assert_eq!(group.join().await, Err("no such shard"));
/// let err = ctx.err().expect("cancelled");
/// assert!(err.cause().is_some_and(|cause| cause.is::<SiblingFailed>()));
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SiblingFailed;

impl Ctx {
    /// A group of tasks under a child of this context.
    ///
    /// Go's `errgroup.WithContext`.
    ///
    /// ```
    /// # use ctx_core::{Ctx, Error, Group};
    /// # tokio_test::block_on(async {
    /// let mut group: Group<&str, Error> = Ctx::background().group();
    /// group.spawn(|_| async { Ok("web") });
    /// group.spawn(|_| async { Ok("images") });
    /// assert_eq!(group.join().await.expect("none failed"), ["web", "images"]);
    /// # });
    /// ```
    #[track_caller]
    pub fn group<T, E>(&self) -> Group<T, E> {
        Group {
            siblings: Arc::new(Siblings::new(self.cancel_from(Location::caller()))),
            turns: None,
            tasks: JoinSet::new(),
            spawned: 0,
            panic: None,
        }
    }
}

impl<T, E> Group<T, E> {
    /// At most `n` tasks run at a time; above it, a task waits for its turn in its own task.
    ///
    /// Go's `SetLimit`, but [`spawn`](Self::spawn) does not block. It holds for tasks spawned from now on.
    ///
    /// ```
    /// # use std::num::NonZeroUsize;
    /// # use ctx_core::{Ctx, Error, Group};
    /// # tokio_test::block_on(async {
    /// let one = NonZeroUsize::MIN;
    /// let mut group: Group<u32, Error> = Ctx::background().group().limit(one);
    /// group.spawn(|_| async { Ok(1) });
    /// group.spawn(|_| async { Ok(2) });
    /// assert_eq!(group.join().await.expect("none failed"), [1, 2]);
    /// # });
    /// ```
    pub fn limit(mut self, n: NonZeroUsize) -> Self {
        let permits = n.get().min(Semaphore::MAX_PERMITS);
        self.turns = Some(Arc::new(Semaphore::new(permits)));
        self
    }

    /// The context of the group, as its tasks get it.
    ///
    /// ```
    /// # use ctx_core::{Ctx, Error, Group};
    /// # tokio_test::block_on(async {
    /// let group: Group<(), Error> = Ctx::background().group();
    /// let ctx = group.ctx().clone();
    /// drop(group);
    /// assert!(ctx.is_done());
    /// # });
    /// ```
    pub fn ctx(&self) -> &Ctx {
        &self.siblings.ctx
    }
}

impl<T: Send + 'static, E: Send + 'static> Group<T, E> {
    /// Starts a task. `f` is called at once with the group's context; its future is the task.
    ///
    /// Go's `Go`. It is not raced against the context: its own awaits are, if they take it. A task that does not take it
    /// is not stopped when a sibling fails, and [`join`](Self::join) waits for it to its end.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    ///
    /// ```
    /// # use ctx_core::{Ctx, Error, Group};
    /// # tokio_test::block_on(async {
    /// let mut group: Group<u32, Error> = Ctx::background().group();
    /// group.spawn(|ctx| async move { ctx.run(async { 7 }).await });
    /// assert_eq!(group.next().await.and_then(Result::ok), Some(7));
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn<F, Fut>(&mut self, f: F)
    where
        F: FnOnce(Ctx) -> Fut,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        let number = self.spawned;
        self.spawned += 1;
        let fut = f(self.ctx().clone());
        let guard = Guard {
            running: Tracker::started(self.ctx(), Location::caller()),
            siblings: Arc::clone(&self.siblings),
            number,
            ended: false,
        };
        match self.turns.clone() {
            None => self.tasks.spawn(Member { guard, fut }),
            Some(turns) => {
                let fut = async move {
                    let _turn = turns.acquire_owned().await;
                    fut.await
                };
                self.tasks.spawn(Member { guard, fut })
            }
        };
    }

    /// The result of the next task that ends; `None` when there are no more.
    ///
    /// Go's `errgroup` has no such thing; there results go through a channel.
    ///
    /// # Panics
    ///
    /// If a task does, with the same payload, after the others have ended.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing: it can be a branch of a `select!` in a loop.
    ///
    /// ```
    /// # use ctx_core::{Ctx, Error, Group};
    /// # tokio_test::block_on(async {
    /// let mut group: Group<u32, Error> = Ctx::background().group();
    /// group.spawn(|_| async { Ok(1) });
    /// group.spawn(|_| async { Ok(2) });
    /// let mut sum = 0;
    /// while let Some(result) = group.next().await {
    ///     sum += result.expect("none failed");
    /// }
    /// assert_eq!(sum, 3);
    /// # });
    /// ```
    pub async fn next(&mut self) -> Option<Result<T, E>> {
        Some(self.next_numbered().await?.1)
    }

    /// All results in the order of spawning, or the first error. All tasks have ended when it returns.
    ///
    /// Go's `Wait`. What [`next`](Self::next) has given is not given again.
    ///
    /// # Errors
    ///
    /// That of the task that failed first.
    ///
    /// # Panics
    ///
    /// If a task does, with the same payload, after the others have ended.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the group: that cancels and aborts.
    ///
    /// ```
    /// # use ctx_core::{Ctx, Error, Group};
    /// # tokio_test::block_on(async {
    /// let mut group: Group<(), Error> = Ctx::background().group();
    /// group.spawn(|ctx| async move { Err(ctx.done().await) });
    /// group.spawn(|ctx| async move { ctx.with_timeout(std::time::Duration::ZERO).check() });
    /// assert!(group.join().await.is_err_and(|err| err.is_deadline_exceeded()));
    /// # });
    /// ```
    pub async fn join(mut self) -> Result<Vec<T>, E> {
        let mut results: Vec<Option<T>> = Vec::new();
        results.resize_with(self.spawned, || None);
        let mut first: Option<(bool, E)> = None;
        while let Some((number, result)) = self.next_numbered().await {
            match result {
                Ok(output) => results[number] = Some(output),
                Err(err) => {
                    let failed_first = self.siblings.failed_first(number);
                    if failed_first || first.is_none() {
                        first = Some((failed_first, err));
                    }
                }
            }
        }
        match first {
            Some((_, err)) => Err(err),
            None => Ok(results.into_iter().flatten().collect()),
        }
    }

    async fn next_numbered(&mut self) -> Option<(usize, Result<T, E>)> {
        loop {
            match self.tasks.join_next().await {
                // After a panic the others are only waited for.
                Some(Ok(ended)) if self.panic.is_none() => return Some(ended),
                Some(Ok(_)) => {}
                Some(Err(err)) => self.panicked(err),
                None => match self.panic.take() {
                    Some(payload) => {
                        resume_unwind(payload.into_inner().unwrap_or_else(PoisonError::into_inner))
                    }
                    None => return None,
                },
            }
        }
    }

    /// Only the group aborts its tasks, when it is dropped; so this is a panic, or the runtime's end.
    fn panicked(&mut self, err: JoinError) {
        if let Ok(payload) = err.try_into_panic() {
            self.panic.get_or_insert_with(|| Mutex::new(payload));
        }
    }
}

pin_project! {
    /// A task of a group: it has the group's context as the current one, and is not raced.
    struct Member<F> {
        #[pin]
        fut: F,
        // Behind the future: a task has ended when all that it held is dropped.
        guard: Guard,
    }
}

impl<T, E, F: Future<Output = Result<T, E>>> Future for Member<F> {
    type Output = (usize, Result<T, E>);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let ctx = &this.guard.siblings.ctx;
        let frame = Frame::new(ctx, cx.waker(), &None, None);
        let result = ready!(frame.enter(|| this.fut.poll(cx)));
        if result.is_err() {
            this.guard.fail();
        }
        this.guard.ended = true;
        Poll::Ready((this.guard.number, result))
    }
}

/// Cancels the siblings unless its task ends well.
struct Guard {
    /// For who waits for all tasks of a program or a test.
    #[expect(dead_code, reason = "held, not read")]
    running: Option<Running>,
    siblings: Arc<Siblings>,
    number: usize,
    ended: bool,
}

impl Guard {
    fn fail(&self) {
        self.siblings.fail(self.number);
    }
}

/// A panic fails the group, too.
impl Drop for Guard {
    fn drop(&mut self) {
        if !self.ended {
            self.fail();
        }
    }
}

impl<T, E> Drop for Group<T, E> {
    fn drop(&mut self) {
        self.siblings.canceller.cancel_where_derived(GroupEnded);
    }
}

impl<T, E> fmt::Debug for Group<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group")
            .field("ctx", self.ctx())
            .field("running", &self.tasks.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for SiblingFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another task of the group failed")
    }
}

impl std::error::Error for SiblingFailed {}

/// The cause with which the context of a group is cancelled when that was joined or dropped.
#[derive(Debug)]
struct GroupEnded;

impl fmt::Display for GroupEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its group has ended")
    }
}

impl std::error::Error for GroupEnded {}
