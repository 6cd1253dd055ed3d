//! What many tests need: short durations, causes as text, origins as lines, drops that are seen.

use std::{
    fmt,
    panic::Location,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use ctx_core::{Ctx, Error};

/// A moment that no test reaches.
pub(crate) const LONG: Duration = Duration::from_secs(60 * 60);

pub(crate) const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Moves the paused clock.
pub(crate) async fn advance(n: u64) {
    tokio::time::advance(ms(n)).await;
}

/// The text of the cause, or `-` where there is none.
pub(crate) fn cause(err: &Error) -> String {
    err.cause().map_or_else(|| "-".into(), ToString::to_string)
}

/// The outcome of a context that is done.
#[track_caller]
pub(crate) fn outcome(ctx: &Ctx) -> Error {
    ctx.err().expect("the context should be done")
}

/// Asserts that `err` came from the line of `here`; columns are not promised.
#[track_caller]
pub(crate) fn assert_origin(err: &Error, here: &Location<'_>) {
    let origin = err.origin();
    assert_eq!(
        (origin.file(), origin.line()),
        (here.file(), here.line()),
        "the origin of `{err}`"
    );
}

/// Asserts that two errors are the same outcome: one kind, one cause, one origin.
#[track_caller]
pub(crate) fn assert_same(left: &Error, right: &Error) {
    assert_eq!(left.kind(), right.kind());
    assert_eq!(cause(left), cause(right));
    assert_eq!(left.origin(), right.origin());
}

/// Counts the drops of the guards it hands out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drops(Arc<AtomicUsize>);

impl Drops {
    pub(crate) fn guard(&self) -> DropGuard {
        DropGuard(self.0.clone())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[derive(Debug)]
pub(crate) struct DropGuard(Arc<AtomicUsize>);

impl Drop for DropGuard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// An error of an application, with a cause of its own.
#[derive(Debug)]
pub(crate) struct AppError {
    pub(crate) text: &'static str,
    pub(crate) source: Option<Box<AppError>>,
}

impl AppError {
    pub(crate) const fn new(text: &'static str) -> AppError {
        AppError { text, source: None }
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl std::error::Error for AppError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// A waker that counts, for futures that are polled by hand with more than one.
#[derive(Debug, Default)]
pub(crate) struct WakeCount(AtomicUsize);

impl WakeCount {
    pub(crate) fn new() -> (Arc<WakeCount>, Waker) {
        let count = Arc::new(WakeCount::default());
        (count.clone(), count.into())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for WakeCount {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Polls once with `waker`.
pub(crate) fn poll_with<F: Future + Unpin>(fut: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(fut).poll(&mut Context::from_waker(waker))
}

/// Drives a future on this thread, outside any runtime: parked until woken.
pub(crate) fn block_on<F: Future>(fut: F) -> F::Output {
    struct Unpark(thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut fut = std::pin::pin!(fut);
    loop {
        match fut.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
