//! Two threads that meet in each of many rounds.

use std::{
    hint::spin_loop,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use crate::waiter::in_time;

fn rounds() -> usize {
    let given = std::env::var("CTX_RACES").ok();
    let given = given.and_then(|rounds| rounds.parse().ok());
    given.unwrap_or(2_000)
}

/// The longest delay, in turns of a loop: some microseconds.
const FAR: isize = 500;

/// Where the two wait for each other.
#[derive(Default)]
struct Meeting {
    arrived: AtomicUsize,
    deserted: AtomicBool,
}

/// One of the two.
struct Party<'a> {
    meeting: &'a Meeting,
    expected: usize,
}

impl Party<'_> {
    fn meet(&mut self) {
        self.expected += 2;
        self.meeting.arrived.fetch_add(1, Ordering::AcqRel);
        let met = || {
            let deserted = self.meeting.deserted.load(Ordering::Acquire);
            assert!(!deserted, "the other thread has said why");
            self.meeting.arrived.load(Ordering::Acquire) >= self.expected
        };
        assert!(in_time(met), "the other thread hangs");
    }
}

impl Drop for Party<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.meeting.deserted.store(true, Ordering::Release);
        }
    }
}

/// Has two threads run `one` and `two` at once, on what `make` has made for the round, and `check` what they have left.
///
/// `two` says whether it came first. Whoever did starts a little later in the next round: so most of the races are close.
pub(crate) fn race<S: Send + Sync>(
    make: impl Fn(usize) -> S,
    one: impl Fn(&S) + Sync,
    two: impl Fn(&S) -> bool,
    check: impl Fn(S),
) {
    let (meeting, shared) = (Meeting::default(), Mutex::new(None::<(Arc<S>, isize)>));
    let party = || Party {
        meeting: &meeting,
        expected: 0,
    };
    let delay = |turns: isize| (0..turns).for_each(|_| spin_loop());
    let (rounds, start) = (rounds(), Instant::now());
    // By how much the second thread is too early, and how often it was.
    let (mut early, mut first) = (0, 0);
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut here = party();
            for _ in 0..rounds {
                here.meet();
                let given = shared.lock().expect("nobody panics under it").take();
                let (mine, early) = given.expect("made for this round");
                here.meet();
                delay(-early);
                one(&mine);
                drop(mine);
                here.meet();
            }
        });
        let mut here = party();
        for round in 0..rounds {
            let mine = Arc::new(make(round));
            *shared.lock().expect("nobody panics under it") = Some((mine.clone(), early));
            here.meet();
            here.meet();
            delay(early);
            let was_first = two(&mine);
            here.meet();
            check(Arc::into_inner(mine).expect("the other has dropped it"));
            first += usize::from(was_first);
            early = (early + if was_first { 1 } else { -1 }).clamp(-FAR, FAR);
        }
        // By hand: ThreadSanitizer does not see the scope's own waiting.
        other.join().expect("the other thread has said why");
    });
    let name = thread::current().name().unwrap_or("a race").to_owned();
    println!(
        "{name}: {rounds} races, in {first} the second thread was first, {:.1?}",
        start.elapsed()
    );
}
