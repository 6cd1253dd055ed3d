//! Deadlines that share a bell, against the driver that rings it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use loom::thread::spawn;

use super::bell::{Tower, hung, pass, shut_down};
use super::{Woken, explore};
use crate::moment::Moment;
use crate::timers::{Entry, Timers};

/// A deadline, and who waits for it.
struct Wait<const PAUSED: bool> {
    woken: Arc<Woken>,
    entry: Entry<Tower<PAUSED>>,
}

fn wait<const PAUSED: bool>(timers: &Arc<Timers<Tower<PAUSED>>>, nanos: u64) -> Wait<PAUSED> {
    let (woken, waker) = Woken::waker();
    let entry = Arc::clone(timers).insert(Moment::from_nanos(nanos), waker);
    Wait { woken, entry }
}

impl<const PAUSED: bool> Wait<PAUSED> {
    fn times(&self) -> usize {
        self.woken.times()
    }

    /// Takes it back; how often it had been woken by the end.
    fn gone(self) -> Arc<Woken> {
        drop(self.entry);
        self.woken
    }
}

fn timers() -> Arc<Timers<Tower<false>>> {
    Timers::new(())
}

/// Whoever is left is woken by `nanos`, once.
fn are_woken<const N: usize>(waits: [Wait<false>; N], nanos: u64) {
    spawn(move || pass(nanos)).join().unwrap();
    for wait in waits {
        assert_eq!(wait.times(), 1, "woken once");
        assert_eq!(Arc::strong_count(&wait.gone()), 1, "a waker is left");
    }
    assert_eq!(hung(), 0, "a bell is left");
}

/// One waits for 10, which passes while another comes, for `nanos`.
fn comes_while_the_bell_rings(nanos: u64) {
    explore(4, move || {
        let timers = timers();
        let first = wait(&timers, 10);
        let one = spawn(|| pass(10));
        let two = spawn(move || wait(&timers, nanos));
        one.join().unwrap();
        let second = two.join().unwrap();
        assert_eq!(
            (first.times(), second.times()),
            (1, usize::from(nanos <= 10))
        );
        are_woken([first, second], 30);
    });
}

/// Excludes that a deadline is forgotten by the bell that is being set to the next one, or is woken early.
#[test]
fn a_deadline_comes_while_the_bell_rings() {
    comes_while_the_bell_rings(20);
}

/// Excludes that a bell which rings while it is set anew is missed, or waits for itself.
#[test]
fn a_sooner_deadline_comes_while_the_bell_rings() {
    comes_while_the_bell_rings(5);
    comes_while_the_bell_rings(10);
}

/// Excludes that the bell stays set to the later one.
#[test]
fn a_sooner_deadline_comes_while_it_passes() {
    explore(4, || {
        let timers = timers();
        let far = wait(&timers, 20);
        let one = spawn(|| pass(10));
        let two = spawn(move || wait(&timers, 10));
        one.join().unwrap();
        let near = two.join().unwrap();
        assert_eq!((far.times(), near.times()), (0, 1));
        are_woken([far, near], 20);
    });
}

/// Excludes that a bell which is set to what is past, and so wakes its queue on the spot, waits for itself.
#[test]
fn a_deadline_that_is_past_comes_while_the_bell_rings() {
    explore(4, || {
        let timers = timers();
        let far = wait(&timers, 20);
        spawn(|| pass(10)).join().unwrap();
        let one = spawn(|| pass(20));
        let two = spawn(move || wait(&timers, 5));
        one.join().unwrap();
        let past = two.join().unwrap();
        assert_eq!((far.times(), past.times()), (1, 1));
        are_woken([far, past], 20);
    });
}

/// Excludes that a deadline takes another with it when it is taken back, that its waker is woken twice, or kept.
#[test]
fn a_deadline_is_taken_back_while_the_bell_rings() {
    explore(3, || {
        let timers = timers();
        let (first, second) = (wait(&timers, 10), wait(&timers, 10));
        let one = spawn(|| pass(10));
        let two = spawn(move || first.gone());
        let three = spawn(move || wait(&timers, 20));
        one.join().unwrap();
        let gone = two.join().unwrap();
        assert!(gone.times() <= 1, "woken twice");
        assert_eq!(Arc::strong_count(&gone), 1, "its waker is left");
        assert_eq!(second.times(), 1);
        are_woken([second, three.join().unwrap()], 20);
    });
}

/// Excludes that the bell which goes with the last deadline, where time stands still, goes with that of a newcomer.
#[test]
fn the_last_deadline_is_taken_back_on_a_paused_clock_while_another_comes() {
    explore(4, || {
        let timers = Timers::<Tower<true>>::new(());
        let first = wait(&timers, 10);
        let one = spawn(move || first.gone());
        let two = spawn(move || wait(&timers, 20));
        let three = spawn(|| pass(10));
        one.join().unwrap();
        let second = two.join().unwrap();
        three.join().unwrap();
        assert_eq!((second.times(), hung()), (0, 1));
        spawn(|| pass(20)).join().unwrap();
        assert_eq!(second.times(), 1);
    });
}

/// Excludes a bell that is left for nobody where time stands still, and moves it.
#[test]
fn two_deadlines_are_taken_back_at_once_on_a_paused_clock() {
    explore(4, || {
        let timers = Timers::<Tower<true>>::new(());
        let actors = [10, 20].map(|nanos| {
            let timers = Arc::clone(&timers);
            spawn(move || drop(wait(&timers, nanos)))
        });
        for actor in actors {
            actor.join().unwrap();
        }
        assert_eq!(hung(), 0);
    });
}

/// `nanos` is inserted while the runtime is shut down, where one waits for 10.
fn comes_during_a_shutdown(nanos: u64) {
    explore(4, move || {
        let timers = timers();
        let first = wait(&timers, 10);
        let one = spawn(shut_down);
        let two = spawn({
            let timers = Arc::clone(&timers);
            move || catch_unwind(AssertUnwindSafe(|| wait(&timers, nanos)))
        });
        one.join().unwrap();
        let second = two.join().unwrap();
        assert_eq!(first.times(), 1, "nothing rings there any more");
        assert!(second.is_err() || second.is_ok_and(|wait| wait.times() == 1));
        assert!(!timers.serves(()));
    });
}

/// Excludes that whoever waits in a runtime that is shut down waits for ever, a newcomer too: it is woken, or told by a
/// panic, which takes no wake-up from the others.
#[test]
fn a_deadline_comes_while_the_runtime_is_shut_down() {
    comes_during_a_shutdown(20);
    comes_during_a_shutdown(5);
}

/// Excludes the same where the bell has just rung for another, or been left by it.
#[test]
fn a_deadline_passes_and_one_is_taken_back_while_the_runtime_is_shut_down() {
    explore(3, || {
        let timers = timers();
        let [first, second, third] = [10, 20, 30].map(|nanos| wait(&timers, nanos));
        let one = spawn(|| pass(10));
        let two = spawn(shut_down);
        let three = spawn(move || second.gone());
        one.join().unwrap();
        two.join().unwrap();
        let gone = three.join().unwrap();
        assert_eq!((first.times(), third.times()), (1, 1));
        assert!(gone.times() <= 1 && Arc::strong_count(&gone) == 1);
        assert!(!timers.serves(()));
    });
}
