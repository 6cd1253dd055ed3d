//! Many cycles at once, in tasks and on plain threads: some to their end, some abandoned on their way.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
};

use ctx_core::{
    __private::{deadlines_here, deadlines_outside},
    Ctx,
};
use parking_lot::Mutex;

use crate::{
    cycles::{ANYWHERE, Cycle, IN_TOKIO},
    storm::Dice,
    waiter::in_time,
};

/// Many tasks: one that waits for a timer holds up no other.
const TASKS: usize = 64;
const THREADS: usize = 2;

/// What has run, and what is left of it.
pub(crate) struct Ran {
    pub(crate) ended: usize,
    pub(crate) abandoned: usize,
    pub(crate) kinds: usize,
    /// How often the rarest kind ran.
    pub(crate) fewest: usize,
    pub(crate) tasks: usize,
    /// Deadlines that are still waited for, in the queues of how many threads.
    pub(crate) deadlines: usize,
    pub(crate) queues: usize,
}

struct Counts {
    ended: AtomicUsize,
    abandoned: AtomicUsize,
    kinds: Vec<AtomicUsize>,
}

/// Polls `cycle` until it ends, or `polls` times if there is such a number.
async fn drive(mut cycle: Pin<Box<dyn Future<Output = ()> + Send>>, polls: Option<u64>) -> bool {
    let Some(polls) = polls else {
        cycle.await;
        return true;
    };
    for _ in 0..polls {
        let polled = poll_fn(|cx| Poll::Ready(cycle.as_mut().poll(cx))).await;
        if polled.is_ready() {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

async fn cycle_on(
    live: Arc<[Ctx]>,
    counts: Arc<Counts>,
    mut dice: Dice,
    cycles: usize,
    kinds: &[Cycle],
) {
    for _ in 0..cycles {
        let kind = dice.below(kinds.len() as u64) as usize;
        let ctx = &live[dice.below(live.len() as u64) as usize];
        let polls = dice.below(8).checked_sub(1);
        let end = match drive(kinds[kind](ctx.clone()), polls).await {
            true => &counts.ended,
            false => &counts.abandoned,
        };
        end.fetch_add(1, Ordering::Relaxed);
        counts.kinds[kind].fetch_add(1, Ordering::Relaxed);
    }
}

/// Drives a future on this thread, outside of any runtime.
fn block_on(fut: impl Future<Output = ()>) {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut fut = std::pin::pin!(fut);
    while fut
        .as_mut()
        .poll(&mut Context::from_waker(&waker))
        .is_pending()
    {
        thread::park();
    }
}

/// Runs so many cycles under the contexts that are `live`.
pub(crate) fn run(live: &[Ctx], cycles: usize) -> Ran {
    // The first of them need no runtime.
    let kinds: Vec<Cycle> = ANYWHERE.iter().chain(IN_TOKIO).copied().collect();
    let live: Arc<[Ctx]> = live.into();
    let counts = Arc::new(Counts {
        ended: AtomicUsize::new(0),
        abandoned: AtomicUsize::new(0),
        kinds: kinds.iter().map(|_| AtomicUsize::new(0)).collect(),
    });
    let queues = Arc::new(Mutex::new(Vec::<Box<dyn Fn() -> usize + Send>>::new()));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .on_thread_start({
            let queues = Arc::clone(&queues);
            move || queues.lock().push(Box::new(deadlines_here()))
        })
        .enable_all()
        .build()
        .expect("a runtime");
    // An eighth of them on plain threads.
    let on_threads = cycles / 8;
    let share = |all: usize, n: usize, of: usize| all / of + usize::from(n < all % of);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|n| {
                let (live, counts, dice) = (live.clone(), counts.clone(), Dice::new(n as u64));
                let cycles = share(on_threads, n, THREADS);
                scope.spawn(move || block_on(cycle_on(live, counts, dice, cycles, ANYWHERE)))
            })
            .collect();
        let kinds: Arc<[Cycle]> = kinds.into();
        let tasks: Vec<_> = (0..TASKS)
            .map(|n| {
                let dice = Dice::new((THREADS + n) as u64);
                let (live, counts, kinds) = (live.clone(), counts.clone(), kinds.clone());
                let cycles = share(cycles - on_threads, n, TASKS);
                runtime.spawn(async move { cycle_on(live, counts, dice, cycles, &kinds).await })
            })
            .collect();
        for task in tasks {
            runtime.block_on(task).expect("no cycle panics");
        }
        for thread in threads {
            thread.join().expect("no cycle panics");
        }
    });
    // What was abandoned ends by itself: its context is cancelled, or it is shielded and short.
    let metrics = runtime.handle().metrics();
    let deadlines = || {
        let inside = queues.lock().iter().map(|count| count()).sum::<usize>();
        deadlines_outside() + inside
    };
    let _ = in_time(|| metrics.num_alive_tasks() == 0 && deadlines() == 0);
    let (tasks, deadlines) = (metrics.num_alive_tasks(), deadlines());
    let queues = std::mem::take(&mut *queues.lock()).len();
    // With those that call back.
    drop(runtime);
    Ran {
        ended: counts.ended.load(Ordering::Relaxed),
        abandoned: counts.abandoned.load(Ordering::Relaxed),
        kinds: counts.kinds.len(),
        fewest: counts
            .kinds
            .iter()
            .map(|kind| kind.load(Ordering::Relaxed))
            .min()
            .unwrap_or(0),
        tasks,
        deadlines,
        queues,
    }
}
