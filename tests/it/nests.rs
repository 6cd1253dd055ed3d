//! Random nests: futures that wait for contexts, polled within each other with several wakers, ended, dropped and made anew.
//!
//! Whoever has returned `Pending` is woken by the end of its context. `CTX_NESTS=1000000 cargo test --release -p ctx-tests
//! --test it nests` runs more.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::Pin,
    rc::{Rc, Weak},
    sync::Arc,
    task::{Context, Poll, Waker},
};

use ctx_core::{Canceller, Ctx};

use crate::support::{LONG, WakeCount};

type Waiting = Pin<Box<dyn Future<Output = ()>>>;

/// A place for a future.
#[derive(Default)]
struct Place {
    future: Option<Waiting>,
    /// The waker of its last poll, if that has returned `Pending`, and how often it was woken before.
    pending: Option<(usize, usize)>,
}

struct World {
    places: [RefCell<Place>; 6],
    contexts: Vec<Ctx>,
    cancellers: RefCell<Vec<Canceller>>,
    wakers: Vec<(Arc<WakeCount>, Waker)>,
    random: Cell<u64>,
    depth: Cell<u32>,
}

impl World {
    fn new(seed: u64) -> Rc<World> {
        let (root, cancel_root) = Ctx::background().with_cancel();
        let (child, cancel_child) = root.with_cancel();
        let (below, cancel_below) = root.with_grace(LONG).with_cancel();
        Rc::new(World {
            places: Default::default(),
            contexts: vec![root.clone(), child, below, root.with_timeout(LONG)],
            cancellers: RefCell::new(vec![cancel_root, cancel_below, cancel_child]),
            wakers: (0..3).map(|_| WakeCount::new()).collect(),
            random: Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            depth: Cell::new(0),
        })
    }

    fn pick(&self, below: usize) -> usize {
        let mut random = self.random.get();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        self.random.set(random);
        usize::try_from(random >> 40).expect("24 bits") % below
    }

    /// Does something, in a poll with this waker.
    fn act(self: &Rc<Self>, waker: usize) {
        let place = self.pick(self.places.len());
        match self.pick(36) {
            0..22 => self.poll(place, waker),
            22..25 => self.poll(place, self.pick(self.wakers.len())),
            25..31 => {
                // Whoever is being polled is not there.
                let gone = self.places[place].try_borrow_mut().map(|mut it| it.take());
                drop(gone);
            }
            31..35 => self.fill(place),
            _ => {
                let count = self.cancellers.borrow().len();
                if count > 0 {
                    let which = self.pick(count);
                    let canceller = self.cancellers.borrow_mut().swap_remove(which);
                    canceller.cancel();
                }
            }
        }
    }

    fn fill(self: &Rc<Self>, place: usize) {
        let Ok(mut place) = self.places[place].try_borrow_mut() else {
            return;
        };
        if place.future.is_some() {
            return;
        }
        let ctx = self.contexts[self.pick(self.contexts.len())].clone();
        let world = Rc::downgrade(self);
        place.future = Some(match self.pick(5) {
            0 => Box::pin(async move { drop(ctx.done_owned().await) }),
            _ => Box::pin(async move {
                let body = poll_fn(move |cx| body(&world, cx.waker()));
                drop(ctx.run_owned(body).await);
            }),
        });
    }

    fn poll(self: &Rc<Self>, place: usize, waker: usize) {
        let Ok(mut place) = self.places[place].try_borrow_mut() else {
            return;
        };
        let Some(mut future) = place.take() else {
            return;
        };
        let (count, waker_itself) = &self.wakers[waker];
        let before = count.count();
        self.depth.set(self.depth.get() + 1);
        let polled = future.as_mut().poll(&mut Context::from_waker(waker_itself));
        self.depth.set(self.depth.get() - 1);
        if polled.is_pending() {
            place.future = Some(future);
            place.pending = Some((waker, before));
        }
    }
}

impl Place {
    fn take(&mut self) -> Option<Waiting> {
        self.pending = None;
        self.future.take()
    }
}

/// What a race does in one poll.
fn body(world: &Weak<World>, waker: &Waker) -> Poll<()> {
    let Some(world) = world.upgrade() else {
        return Poll::Pending;
    };
    let mut wakers = world.wakers.iter();
    let waker = wakers.position(|(_, other)| other.will_wake(waker));
    let waker = waker.expect("one of the wakers");
    if world.depth.get() < 6 {
        for _ in 0..world.pick(4) {
            world.act(waker);
        }
    }
    match world.pick(5) {
        0 => Poll::Ready(()),
        _ => Poll::Pending,
    }
}

#[test]
fn whoever_has_returned_pending_is_woken_whatever_the_races_around_it_did() {
    let runs = std::env::var("CTX_NESTS").map_or(3_000, |runs| runs.parse().expect("a number"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let _entered = runtime.enter();
    for seed in 1..=runs {
        let world = World::new(seed);
        (0..world.places.len()).for_each(|place| world.fill(place));
        for _ in 0..30 {
            world.act(world.pick(world.wakers.len()));
        }
        let cancellers = world.cancellers.take();
        cancellers.iter().for_each(Canceller::cancel);
        for (index, place) in world.places.iter().enumerate() {
            if let Some((waker, before)) = place.borrow().pending {
                let now = world.wakers[waker].0.count();
                assert!(now > before, "seed {seed}: {index} was not woken");
            }
        }
    }
}
