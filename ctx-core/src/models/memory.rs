//! The two counted pointers and the outcome's cell: nothing is used after its end, and all of it ends.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::thread::spawn;

use super::{clock, explore, here, said};
use crate::error::Error;
use crate::key::Key;
use crate::nanos::Nanos;
use crate::outcome::{Outcome, Plain};
use crate::shared::{Listed, Shared, Target};
use crate::sync::{Mutex, lock_seen};
use crate::values::Values;

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
            let link = Shared::new(Link {
                place: Arc::clone(&place),
                above,
                ends: Arc::clone(&ends),
            });
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
        let one = Shared::new(Link {
            place: Arc::new(Mutex::new(None)),
            above: None,
            ends: Arc::clone(&ends),
        });
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

/// Excludes two outcomes, and an outcome that is read in part.
#[test]
fn a_cell_takes_one_of_two_outcomes() {
    explore(5, || {
        let cell = Arc::new(Outcome::new());
        let setters = ["one", "two"].map(|cause| {
            let cell = Arc::clone(&cell);
            spawn(move || {
                let error = Error::cancelled(Some(cause.into()).into(), here(), clock());
                cell.put(error)
            })
        });
        let looker = spawn({
            let cell = Arc::clone(&cell);
            move || cell.get(never).map(|error| said(&error))
        });
        let [one, two] = setters.map(|setter| setter.join().unwrap());
        assert_ne!(one, two, "one of them is taken");
        let taken = cell.get(never).map(|error| said(&error));
        assert_eq!(taken.as_deref(), Some(if one { "one" } else { "two" }));
        let seen = looker.join().unwrap();
        assert!(seen.is_none() || seen == taken);
    });
}

fn never(plain: Plain) -> Error {
    unreachable!("nobody says {plain:?}")
}

/// A cell, and what is noted beside it.
#[derive(Clone)]
struct Noted(Arc<(Outcome, Nanos)>);

impl Noted {
    fn new() -> Noted {
        Noted(Arc::new((Outcome::new(), Nanos::new(0))))
    }

    fn claim(&self) -> bool {
        let (cell, note) = &*self.0;
        let claim = cell.claim();
        let first = claim.is_some();
        if let Some(claim) = claim {
            claim.put(Plain::Dropped, || note.set(7));
        }
        first
    }

    fn get(&self) -> Option<String> {
        let (cell, note) = &*self.0;
        let error = cell.get(|plain| {
            assert_eq!((plain, note.get()), (Plain::Dropped, 7));
            Error::cancelled(Some("made".into()).into(), here(), clock())
        });
        error.map(|error| said(&error))
    }
}

/// Excludes two outcomes, and a plain one that is seen before what is noted beside it.
#[test]
fn a_cell_takes_a_plain_outcome_or_an_error() {
    explore(4, || {
        let cell = Noted::new();
        let (claims, puts, looks) = (cell.clone(), cell.clone(), cell.clone());
        let claims = spawn(move || claims.claim());
        let puts = spawn(move || {
            let error = Error::cancelled(Some("put".into()).into(), here(), clock());
            let first = puts.0.0.put(error);
            assert!(puts.get().is_some(), "the cell is full after `put`");
            first
        });
        let looks = spawn(move || looks.get());
        let (first, put) = (claims.join().unwrap(), puts.join().unwrap());
        assert!(first || put, "nobody was first");
        let taken = cell.get();
        assert_eq!(taken.as_deref(), Some(if put { "put" } else { "made" }));
        let seen = looks.join().unwrap();
        assert!(seen.is_none() || seen == taken);
    });
}

/// Excludes two that write beside the cell, and two errors for one outcome.
#[test]
fn a_cell_is_claimed_once() {
    explore(4, || {
        let cell = Noted::new();
        let actors = [(); 2].map(|()| {
            let cell = cell.clone();
            spawn(move || (cell.claim(), cell.get()))
        });
        let [(one, seen), (two, also_seen)] = actors.map(|actor| actor.join().unwrap());
        assert_ne!(one, two, "one of them writes");
        assert_eq!(cell.get().as_deref(), Some("made"));
        assert!(if one { seen } else { also_seen }.is_some());
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
