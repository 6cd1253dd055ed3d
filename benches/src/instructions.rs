//! Instructions and atomic operations of an operation, where something counts them.
//!
//! This program runs itself for one side of one row, once with few operations and once with more, and
//! takes the difference: what starting and building up costs drops out.

use crate::counter::{self, Counted};

const FEW: u64 = 2_000;
const MORE: u64 = 6_000;

/// Of one operation on each side.
pub(crate) struct Counts {
    pub(crate) ours: Count,
    pub(crate) peer: Count,
}

#[derive(Clone, Copy)]
pub(crate) struct Count {
    pub(crate) instructions: f64,
    pub(crate) atomics: Option<f64>,
}

/// `None` where nothing counts, or where the row has no operations to repeat.
pub(crate) fn of(row: &str) -> Option<Counts> {
    let side = |side| {
        let (few, more) = (run(row, side, FEW)?, run(row, side, MORE)?);
        let each = |few: u64, more: u64| more.saturating_sub(few) as f64 / (MORE - FEW) as f64;
        Some(Count {
            instructions: each(few.0, more.0),
            atomics: few.1.zip(more.1).map(|(few, more)| each(few, more)),
        })
    };
    Some(Counts {
        ours: side("ours")?,
        peer: side("peer")?,
    })
}

fn run(row: &str, side: &str, times: u64) -> Option<Counted> {
    let program = std::env::current_exe().ok()?;
    let times = times.to_string();
    let args = ["--only", row, "--just", side, &times];
    counter::count(program.as_os_str(), &args, true)
}
