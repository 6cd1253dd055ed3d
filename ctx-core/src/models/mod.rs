//! The lock-free core under every interleaving that loom can reach.
//!
//! `RUSTFLAGS="--cfg ctx_loom" cargo test -p ctx-core --lib --release models -- --nocapture` runs all and says how many
//! interleavings each had. Every actor is a spawned thread; the main one sets up, spawns, joins and then compares.
//! The clock is a number that stands still unless an actor moves it. As with the system's, what comes before it is
//! moved is seen by who reads it after.

mod cancel;
mod futures;
mod memory;
mod moments;
mod register;

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::time::Duration;

use loom::sync::atomic::AtomicI64;

use crate::error::Error;
use crate::moment::Moment;
use crate::tree::{Node, NodeRef};

loom::lazy_static! {
    static ref NOW: AtomicI64 = AtomicI64::new(0);
}

fn clock() -> Moment {
    Moment::from_nanos(NOW.load(Ordering::Acquire))
}

fn set_clock(nanos: i64) {
    NOW.store(nanos, Ordering::Release);
}

/// Runs `model` under every interleaving with at most `preemptions` switches that are not forced.
fn explore(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 10_000;
    builder.check({
        let count = Arc::clone(&count);
        move || {
            count.fetch_add(1, Ordering::Relaxed);
            model();
        }
    });
    let name = std::thread::current().name().map(str::to_owned);
    println!(
        "{}: {} interleavings, {preemptions} preemptions",
        name.unwrap_or_default(),
        count.load(Ordering::Relaxed)
    );
}

fn here() -> &'static Location<'static> {
    Location::caller()
}

/// A node, with its one canceller, that is done only if it or `parent` is cancelled.
fn child(parent: Option<&NodeRef>) -> NodeRef {
    // The canceller's reference is as good as any.
    Node::with_cancel(parent, here(), clock).0
}

fn deadline(parent: Option<&NodeRef>, nanos: i64) -> NodeRef {
    let at = Moment::from_nanos(nanos);
    Node::with_deadline(parent, at, None, None, here(), clock)
}

fn grace(parent: &NodeRef, nanos: u64) -> NodeRef {
    Node::with_grace(parent, Duration::from_nanos(nanos), here(), clock)
}

fn merge(first: &NodeRef, second: &NodeRef) -> NodeRef {
    Node::merge(first, second, here(), clock)
}

fn cancel(node: &NodeRef, cause: &str) {
    node.cancel(Some(cause.into()), here(), clock);
}

/// Why `node` is done, in short.
fn why(node: &NodeRef) -> Option<String> {
    node.look(clock).map(|err| said(&err))
}

fn said(err: &Error) -> String {
    match err.cause() {
        Some(cause) => cause.to_string(),
        None => err.to_string(),
    }
}

/// How often a waker was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Woken {
    fn waker() -> (Arc<Woken>, Waker) {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        (woken, waker)
    }

    fn times(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Somebody who has looked once, and relies on being woken since.
struct Waiter {
    node: NodeRef,
    woken: Arc<Woken>,
    key: Option<u32>,
}

impl Waiter {
    fn wait(node: &NodeRef) -> Waiter {
        let (woken, waker) = Woken::waker();
        let key = Node::register(node, waker, clock).ok();
        assert!(
            key.is_some() || node.is_done(clock),
            "refused by a context that is not done"
        );
        Waiter {
            node: node.clone(),
            woken,
            key,
        }
    }

    /// After a cancellation.
    fn knows(&self) {
        let times = self.woken.times();
        assert!(self.key.is_none() || times > 0, "lost wake-up");
        assert!(times <= 1, "woken twice");
        assert!(self.node.is_done(clock));
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        drop(self.key.and_then(|key| self.node.unregister(key)));
    }
}
