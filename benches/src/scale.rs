//! What this machine takes for the parts that everything else is made of.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::drive::waker;
use crate::meter::{Side, each};
use crate::row::{Bound, Row, Sides, row};

/// As large as a node of the tree.
const NODE: usize = 112;

pub(crate) fn rows() -> Vec<Row> {
    let word = AtomicUsize::new(0);
    let lock = Mutex::new(0_u32);
    let waker = waker();
    vec![
        part(
            "for scale: an atomic addition",
            each(move || word.fetch_add(1, Ordering::AcqRel)),
        ),
        part(
            "for scale: a lock taken and given back",
            each(move || lock.lock().map(|held| *held).ok()),
        ),
        part(
            "for scale: a waker cloned and dropped",
            each(move || drop(waker.clone())),
        ),
        part(
            "for scale: a node's memory taken and given back",
            each(|| Box::new([0_u8; NODE])),
        ),
        part("for scale: a look at the clock", each(Instant::now)),
    ]
}

fn part(name: &'static str, side: Side) -> Row {
    row(name, "", Bound::None, || Sides::of(side, None))
}
