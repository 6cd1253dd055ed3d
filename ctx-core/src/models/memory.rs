//! The two counted pointers, the outcome's cell and the slot beside a word: nothing is used after its end, and all of it ends.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;

use loom::thread::spawn;

use super::{Woken, clock, explore, here, said};
use crate::error::Error;
use crate::key::Key;
use crate::nanos::Nanos;
use crate::outcome::{Outcome, Plain};
use crate::shared::{Listed, Shared, Target};
use crate::sync::{Mutex, lock_seen};
use crate::values::Values;
use crate::word::{FLAGS, Word};

/// A link of a chain that can be found through a place that does not count.
struct Link {
    place: Arc<Mutex<Option<Listed<Link>>>>,
    above: Option<Shared<Link>>,
    ends: Arc<AtomicUsize>,
}

impl Target for Link {
    fn is_listed(&self) -> bool {
        lock_seen(&self.place).is_some()
    }

    fn unlink(&self) {
        *lock_seen(&self.place) = None;
    }

    fn take_parents(&mut self) -> (Option<Shared<Link>>, Option<Shared<Link>>) {
        (self.above.take(), None)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.ends.fetch_add(1, Ordering::Relaxed);
    }
}

/// Excludes a target that is found after its last reference went, and one that ends twice or never.
#[test]
fn a_target_is_found_while_its_last_reference_goes() {
    explore(5, || {
        let ends = Arc::new(AtomicUsize::new(0));
        let new = |above: Option<Shared<Link>>| {
            let place = Arc::new(Mutex::new(None));
            let make = || Link {
                place: Arc::clone(&place),
                above,
                ends: Arc::clone(&ends),
            };
            let link = Shared::new(make, |_| ());
            *lock_seen(&place) = Some(link.listed());
            (link, place)
        };
        let (top, _) = new(None);
        let (link, place) = new(Some(top.clone()));
        let one = spawn(move || drop(link));
        let two = spawn(move || {
            let found = {
                let place = lock_seen(&place);
                // SAFETY: the place is locked, and a link leaves it under that lock.
                place.as_ref().and_then(|link| unsafe { link.upgrade() })
            };
            if let Some(link) = found {
                assert_eq!(link.ends.load(Ordering::Relaxed), 0);
            }
        });
        let three = spawn(move || drop(top));
        one.join().unwrap();
        two.join().unwrap();
        three.join().unwrap();
        assert_eq!(ends.load(Ordering::Relaxed), 2);
    });
}

/// Excludes an end, by a sole reference that is not counted down, beside the use through another.
#[test]
fn a_target_in_no_list_ends_with_the_last_of_two_references() {
    explore(5, || {
        let ends = Arc::new(AtomicUsize::new(0));
        let make = || Link {
            place: Arc::new(Mutex::new(None)),
            above: None,
            ends: Arc::clone(&ends),
        };
        let one = Shared::new(make, |_| ());
        let actors = [one.clone(), one].map(|link| {
            spawn(move || {
                assert_eq!(link.ends.load(Ordering::Relaxed), 0);
                drop(link);
            })
        });
        for actor in actors {
            actor.join().unwrap();
        }
        assert_eq!(ends.load(Ordering::Relaxed), 1);
    });
}

/// A cell that is filled as the tree does it, and what is noted beside it.
type Noted = (Word<()>, Outcome, Nanos);

const FULL: usize = 1 << FLAGS;

/// Fills the cell unless another has; whether it did.
fn fill(noted: &Noted, fill: impl FnOnce(&Outcome, &Nanos)) -> bool {
    let (word, cell, note) = noted;
    let locked = word.lock(FULL);
    let first = locked.seen() & FULL == 0;
    if first {
        fill(cell, note);
    }
    first
}

fn get(noted: &Noted) -> Option<String> {
    let (_, cell, note) = noted;
    let error = cell.get(|plain| {
        assert_eq!((plain, note.get()), (Plain::Dropped, 7));
        Error::cancelled(Some("made".into()).into(), here(), clock())
    });
    error.map(|error| said(&error))
}

/// Excludes two outcomes, one that is read in part, a plain one that is seen before what is noted beside it, and two
/// errors for one outcome.
#[test]
fn a_cell_takes_a_plain_outcome_or_an_error() {
    explore(4, || {
        let cell: Arc<Noted> = Arc::new((Word::ungated(0, ()), Outcome::new(), Nanos::new(0)));
        let actor = |act: fn(&Noted) -> bool| {
            let cell = Arc::clone(&cell);
            spawn(move || (act(&cell), get(&cell)))
        };
        let plain = actor(|cell| {
            fill(cell, |cell, note| {
                note.set(7);
                cell.put_plain(Plain::Dropped);
            })
        });
        let error = actor(|cell| {
            let error = Error::cancelled(Some("put".into()).into(), here(), clock());
            fill(cell, |cell, _| cell.put(error))
        });
        let looks = actor(|_| false);
        let [(plain, one), (error, two), (_, three)] =
            [plain, error, looks].map(|actor| actor.join().unwrap());
        assert_ne!(plain, error, "one of them is taken");
        let taken = Some(if plain { "made" } else { "put" }.to_owned());
        assert_eq!(get(&cell), taken);
        assert_eq!((&one, &two), (&taken, &taken));
        assert!(three.is_none() || three == taken);
    });
}

/// Excludes two that hold the lock, a flag that is set without it, and what is written under it and not seen by the next.
#[test]
fn a_lock_in_a_word_is_taken_while_flags_change_beside_it() {
    explore(3, || {
        const COUNTED: usize = 1 << (FLAGS + 1);
        let word = Arc::new(Word::ungated(0, 0));
        let actors = [(); 2].map(|()| {
            let word = Arc::clone(&word);
            spawn(move || {
                let mut locked = word.lock(FULL);
                let first = locked.seen() & FULL == 0;
                *locked += 1;
                assert_eq!(*locked, if first { 1 } else { 2 });
                locked.unlock(0);
                first
            })
        });
        let counts = Arc::clone(&word);
        let counts = spawn(move || counts.fetch_add(COUNTED, Ordering::Relaxed));
        let [one, two] = actors.map(|actor| actor.join().unwrap());
        counts.join().unwrap();
        assert_ne!(one, two, "one of them was first");
        assert_eq!(word.load(Ordering::Relaxed), FULL | COUNTED);
        assert_eq!(*word.lock(0), 2);
    });
}

/// Excludes one that is left asleep because another was woken.
#[test]
fn three_come_for_a_lock_in_a_word() {
    explore(2, || {
        let word = Arc::new(Word::ungated(0, 0));
        let actors = [(); 3].map(|()| {
            let word = Arc::clone(&word);
            spawn(move || *word.lock(0) += 1)
        });
        actors.into_iter().for_each(|actor| actor.join().unwrap());
        assert_eq!(*word.lock(0), 3);
    });
}

/// A word whose slot has a waker.
fn full() -> (Arc<Word<()>>, Arc<Woken>) {
    let word = Word::ungated(0, ());
    let (woken, waker) = Woken::waker();
    assert!(word.lock(0).fill(waker).is_ok(), "it is free");
    (Arc::new(word), woken)
}

/// As the slot's owner, who gives it back.
fn leave(word: &Word<()>) -> Option<Waker> {
    // SAFETY: the slot is given back once, by who has filled it.
    let waker = unsafe { word.withdraw(word.load(Ordering::Relaxed)) };
    waker.or_else(|| word.lock(0).vacate())
}

/// Excludes a waker that two have, or nobody.
#[test]
fn a_waker_is_taken_from_a_slot_while_its_owner_leaves() {
    explore(4, || {
        let (word, woken) = full();
        let actor = |act: fn(&Word<()>) -> Option<Waker>| {
            let word = Arc::clone(&word);
            spawn(move || act(&word))
        };
        let (owner, other) = (actor(leave), actor(|word| word.lock(FULL).take()));
        let took = [owner, other].map(|actor| actor.join().unwrap());
        assert_eq!(took.iter().flatten().count(), 1);
        assert_eq!(word.load(Ordering::Relaxed), FULL);
        drop(took);
        assert_eq!(Arc::strong_count(&woken), 1);
    });
}

/// Excludes one that is put in while the one before is read, and a slot that is taken for full or for somebody's afterwards.
#[test]
fn a_slot_is_filled_while_its_owner_leaves() {
    explore(4, || {
        let (word, woken) = full();
        let owner = spawn({
            let word = Arc::clone(&word);
            move || leave(&word)
        });
        let next = spawn({
            let word = Arc::clone(&word);
            move || {
                let (woken, waker) = Woken::waker();
                let filled = word.lock(FULL).fill(waker).is_ok();
                (woken, filled)
            }
        });
        drop(owner.join().unwrap().expect("nobody else takes it"));
        assert_eq!(Arc::strong_count(&woken), 1);
        let (next, filled) = next.join().unwrap();
        assert_eq!(word.lock(0).has_waker(), filled);
        if filled {
            drop(leave(&word).expect("as before"));
        }
        assert_eq!(Arc::strong_count(&next), 1);
        assert_eq!(word.load(Ordering::Relaxed), FULL);
    });
}

struct Counted(Arc<AtomicUsize>);

impl Key for Counted {
    const NAME: &'static str = "Counted";

    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counted")
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Excludes a value that is dropped twice or never, or read after that.
#[test]
fn values_are_derived_read_and_dropped_at_once() {
    explore(4, || {
        let ends = Arc::new(AtomicUsize::new(0));
        let first = Values::with(None, Counted(Arc::clone(&ends)), 0);
        let one = spawn({
            let (first, ends) = (first.clone(), Arc::clone(&ends));
            move || {
                let both = Values::with(Some(&first), Counted(ends), 0);
                drop(first);
                assert!(both.get::<Counted>().is_some());
            }
        });
        let two = spawn({
            let first = first.clone();
            move || {
                let value = first.get::<Counted>().expect("it is held");
                assert!(value.0.load(Ordering::Relaxed) < 2);
            }
        });
        let three = spawn(move || drop(first));
        one.join().unwrap();
        two.join().unwrap();
        three.join().unwrap();
        assert_eq!(ends.load(Ordering::Relaxed), 2);
    });
}
