//! Waiting on a thread.

use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::sync::{Condvar, Mutex, lock_seen as lock, seen};
use crate::tree::{Node, Registered};

/// Parks a thread until it is woken or the time is up.
struct Parker {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        *lock(&self.woken) = true;
        self.changed.notify_one();
    }
}

impl Parker {
    fn new() -> Parker {
        Parker {
            woken: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    /// Returns early now and then, without a reason.
    fn park(&self, at_most: Duration) {
        let mut woken = lock(&self.woken);
        if !*woken {
            woken = seen(self.changed.wait_timeout(woken, at_most)).0;
        }
        *woken = false;
    }
}

impl Ctx {
    /// Blocks this thread until the context is done, `at_most` so long; `None` if the time went by.
    ///
    /// For threads, and for [`spawn_blocking`](Self::spawn_blocking): a pause between two attempts that ends when the
    /// request does. Not for async code, which has [`done`](Self::done) and [`sleep`](Self::sleep).
    ///
    /// It needs no runtime. `at_most` is real time; the context's deadline follows the clock of the runtime that it is
    /// called from. Beside a paused runtime that clock stands still, outside of any it is the system's.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ctx_core::Ctx;
    ///
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let thread = std::thread::spawn(move || ctx.wait_blocking(Duration::MAX));
    /// cancel.cancel();
    /// assert!(thread.join().unwrap().is_some_and(|err| err.is_cancelled()));
    /// assert!(Ctx::background().wait_blocking(Duration::ZERO).is_none());
    /// ```
    #[must_use = "`None` means that the context is not done"]
    pub fn wait_blocking(&self, at_most: Duration) -> Option<Error> {
        let start = Instant::now();
        let parker = Arc::new(Parker::new());
        let mut waiting = None;
        loop {
            if let Some(err) = self.err() {
                return Some(err);
            }
            let left = at_most.saturating_sub(start.elapsed());
            if left.is_zero() {
                return None;
            }
            // Registered anew on each round: a grace that begins above takes the waker out.
            drop(waiting.take());
            if let Some(node) = self.node() {
                let waker = Waker::from(Arc::clone(&parker));
                match Node::register(node, &waker) {
                    Ok(Registered { key, .. }) => waiting = Some(Waiting { ctx: self, key }),
                    Err(_) => continue,
                }
            }
            parker.park(self.remaining().map_or(left, |deadline| left.min(deadline)));
        }
    }
}

struct Waiting<'a> {
    ctx: &'a Ctx,
    key: u32,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let node = self.ctx.node();
        // SAFETY: the key came from this node, and is used nowhere else.
        drop(node.and_then(|node| unsafe { node.unregister(self.key) }));
    }
}
