//! A future that relies on being woken, and patience for those that are not.

use std::{
    hint::spin_loop,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use ctx_core::{Ctx, DoneOwned};

/// Far more than anything here takes: who waits so long waits for ever.
pub(crate) const FOREVER: Duration = Duration::from_secs(60);

/// Waits until `happened` says so; false if that takes for ever. It spins first: a thread that yields on a busy machine is
/// away for long.
#[must_use]
pub(crate) fn in_time(happened: impl Fn() -> bool) -> bool {
    let mut spins = 0_u32;
    let mut start = None;
    while !happened() {
        spins += 1;
        if !spins.is_multiple_of(2_000) {
            spin_loop();
        } else if start.get_or_insert_with(Instant::now).elapsed() < FOREVER {
            thread::yield_now();
        } else {
            return false;
        }
    }
    true
}

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

/// A future that was pending, and relies on being woken since.
pub(crate) struct Waiter<F = DoneOwned> {
    pub(crate) future: F,
    woken: Arc<Woken>,
    waker: Waker,
}

impl Waiter {
    /// `None` if there is nothing to wait for.
    pub(crate) fn wait(ctx: &Ctx) -> Option<Waiter> {
        Waiter::new(ctx.done_owned()).ok()
    }
}

impl<F: Future + Unpin> Waiter<F> {
    /// Polls `future` once; its output if that was enough.
    pub(crate) fn new(future: F) -> Result<Waiter<F>, F::Output> {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut waiter = Waiter {
            future,
            woken,
            waker,
        };
        match waiter.poll() {
            Poll::Pending => Ok(waiter),
            Poll::Ready(output) => Err(output),
        }
    }

    fn poll(&mut self) -> Poll<F::Output> {
        Pin::new(&mut self.future).poll(&mut Context::from_waker(&self.waker))
    }

    /// The context has come to an end, or will: who was last told to wait must be woken.
    #[track_caller]
    pub(crate) fn finish(mut self) -> F::Output {
        loop {
            let woken = || self.woken.0.swap(0, Ordering::AcqRel) > 0;
            assert!(in_time(woken), "lost wake-up");
            if let Poll::Ready(output) = self.poll() {
                return output;
            }
        }
    }
}
