//! A callback for when a context is done.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use tokio::runtime::Handle;

use crate::ctx::Ctx;
use crate::done::DoneOwned;
use crate::error::Error;
use crate::sync::{AtomicUsize, Mutex, Ordering, lock_seen as lock, thread};
use crate::tracker::Tracker;

/// A callback that waits for its context; made by [`Ctx::after_done`].
///
/// Dropping it leaves the callback registered. Until it is called or stopped, the callback keeps its context: on one that
/// is never done, for good.
///
/// ```
/// # use ctx_core::Ctx;
/// let (ctx, _cancel) = Ctx::background().with_cancel();
/// let after = ctx.after_done(|_| unreachable!("stopped before"));
/// assert!(after.stop());
/// ```
#[must_use = "dropping it leaves the callback registered; `stop` takes it back"]
pub struct AfterDone {
    watch: Arc<Watch>,
}

type Callback = Box<dyn FnOnce(Error) + Send>;

/// The callback, and the future that says when. Its own waker: being woken polls it.
struct Watch {
    callback: Mutex<Option<Callback>>,
    done: Mutex<Option<DoneOwned>>,
    /// Wakes since the last time that nobody polled.
    wakes: AtomicUsize,
    /// Where to call it, and whose timers to use.
    runtime: Option<Handle>,
    /// Who waits for it once it is called, and where it was registered.
    tracker: Option<Tracker>,
    place: &'static Location<'static>,
}

impl Ctx {
    /// Calls `f` once the context is done, on a thread where blocking is allowed.
    ///
    /// Go's `context.AfterFunc`. At most once, never on the stack of whoever cancels; if the context is done
    /// already, at once. In a Tokio runtime it is called on its blocking threads, elsewhere on a thread of its own. If
    /// it panics, that harms nobody. It takes no task while it waits; once it is called, whoever waits for the tasks of a program or
    /// of a test waits for it as well.
    ///
    /// # Panics
    ///
    /// If the context has a deadline and the Tokio runtime no timers (`enable_time`).
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let (said, heard) = std::sync::mpsc::channel();
    /// let after = ctx.after_done(move |err| said.send(err.to_string()).unwrap());
    /// cancel.cancel();
    /// assert_eq!(heard.recv().as_deref(), Ok("context cancelled"));
    /// assert!(!after.stop());
    /// ```
    #[track_caller]
    pub fn after_done(&self, f: impl FnOnce(Error) + Send + 'static) -> AfterDone {
        let watch = Arc::new(Watch {
            callback: Mutex::new(Some(Box::new(f))),
            done: Mutex::new(Some(self.done_owned())),
            wakes: AtomicUsize::new(0),
            runtime: Handle::try_current().ok(),
            tracker: Tracker::of(self),
            place: Location::caller(),
        });
        watch.poll();
        AfterDone { watch }
    }
}

impl AfterDone {
    /// Takes the callback back; whether that prevented the call.
    ///
    /// Go's `stop` function of `AfterFunc`. `false`: it was called, or is about to be. It does not wait for a call that
    /// has begun.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let after = ctx.after_done(|_| {});
    /// cancel.cancel();
    /// assert!(!after.stop());
    /// ```
    pub fn stop(self) -> bool {
        let callback = lock(&self.watch.callback).take();
        // The registration goes as well: nothing stays behind in the context.
        let done = lock(&self.watch.done).take();
        drop(done);
        callback.is_some()
    }
}

impl Watch {
    /// Polls, and again if it was woken meanwhile; one thread at a time.
    fn poll(self: &Arc<Self>) {
        // ORDERING: AcqRel: who polls next sees what the last one left.
        if self.wakes.fetch_add(1, Ordering::AcqRel) > 0 {
            return;
        }
        let mut seen = 1;
        loop {
            if let Some(err) = self.poll_once() {
                self.call(err);
            }
            // ORDERING: Release: see above; Acquire: who woke meanwhile had a reason that the next poll is to see.
            let swap = self
                .wakes
                .compare_exchange(seen, 0, Ordering::AcqRel, Ordering::Acquire);
            match swap {
                Ok(_) => return,
                Err(more) => seen = more,
            }
        }
    }

    /// Under no lock: what is polled may wake others, and drop values. Where it panics, its registration goes.
    fn poll_once(self: &Arc<Self>) -> Option<Error> {
        let _runtime = self.runtime.as_ref().map(Handle::enter);
        let waker = Waker::from(Arc::clone(self));
        let mut done = lock(&self.done).take()?;
        if let Poll::Ready(err) = Pin::new(&mut done).poll(&mut Context::from_waker(&waker)) {
            return Some(err);
        }
        *lock(&self.done) = Some(done);
        // It may have been stopped meanwhile.
        if lock(&self.callback).is_none() {
            let done = lock(&self.done).take();
            drop(done);
        }
        None
    }

    fn call(&self, err: Error) {
        let Some(callback) = lock(&self.callback).take() else {
            return;
        };
        let running = self
            .tracker
            .clone()
            .map(|tracker| tracker.start(self.place));
        let call = move || {
            let _running = running;
            // The panic hook has told of it already.
            let _ = catch_unwind(AssertUnwindSafe(|| callback(err)));
        };
        match &self.runtime {
            Some(runtime) => drop(runtime.spawn_blocking(call)),
            None => {
                let thread = thread::Builder::new().name("ctx-after".into());
                // Without a thread there is nowhere to call it.
                drop(thread.spawn(call));
            }
        }
    }
}

impl Wake for Watch {
    fn wake(self: Arc<Self>) {
        self.poll();
    }
}

impl fmt::Debug for AfterDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AfterDone")
            .field("pending", &lock(&self.watch.callback).is_some())
            .finish()
    }
}
