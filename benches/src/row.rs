//! A row of the table: two sides, a bound, and how they are measured.

use std::thread;
use std::time::Duration;

use crate::meter::{Meter, Side};
use crate::pace::Pace;
use crate::stats::{Spread, median, spread};

/// How long one side works in one round.
const ROUND: f64 = 0.004;

/// How long to leave a core to whoever shares it.
const PAUSE: Duration = Duration::from_millis(20);

/// What is promised of a row.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    /// Ours is at most so many times the peer's.
    Ratio(f64),
    /// Ours takes at most so many nanoseconds more.
    Nanoseconds(f64),
    /// Nothing: for information.
    None,
}

/// A side of a row.
#[derive(Clone, Copy)]
pub(crate) enum Which {
    Ours,
    Peer,
}

/// The two sides, and what is taken off each.
pub(crate) struct Sides {
    ours: Side,
    peer: Option<Side>,
    off: Off,
}

enum Off {
    Nothing,
    /// The bare operation, which both contain.
    Bare(Side),
    /// Filler work in two languages.
    Filler(Side, Side),
}

impl Sides {
    pub(crate) fn new(ours: Side, peer: Side) -> Sides {
        Sides::of(ours, Some(peer))
    }

    /// The peer may be missing.
    pub(crate) fn of(ours: Side, peer: Option<Side>) -> Sides {
        Sides {
            ours,
            peer,
            off: Off::Nothing,
        }
    }

    /// What counts is the overhead over this.
    pub(crate) fn over(self, bare: Side) -> Sides {
        Sides {
            off: Off::Bare(bare),
            ..self
        }
    }

    /// What counts is what each has beside its filler.
    pub(crate) fn without_filler(self, ours: Side, peer: Option<Side>) -> Sides {
        match peer {
            Some(peer) => Sides {
                off: Off::Filler(ours, peer),
                ..self
            },
            None => self.over(ours),
        }
    }
}

enum Work {
    Timed(Box<dyn FnOnce() -> Sides>),
    /// A figure that is the same each time.
    Figure {
        ours: f64,
        peer: Option<f64>,
        limit: f64,
    },
    /// Measures itself: one figure for each side and round.
    Sampled(Box<dyn FnMut() -> (f64, f64)>),
}

/// A row that was not measured yet.
pub(crate) struct Row {
    name: String,
    peer: &'static str,
    bound: Bound,
    allocations: Option<f64>,
    work: Work,
}

/// Figures of a row. Times are in nanoseconds.
pub(crate) struct Measured {
    pub(crate) name: String,
    pub(crate) peer_name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) ours: f64,
    pub(crate) peer: Option<f64>,
    pub(crate) bare: Option<f64>,
    /// Against the peer: the ratio, or the difference if that is what is bounded.
    pub(crate) against: Option<Spread>,
    pub(crate) bound: Bound,
    /// For each operation: ours, and the peer's.
    pub(crate) allocations: (Option<f64>, Option<f64>),
    pub(crate) failed: bool,
    /// Some rounds were measured on a core that was shared.
    pub(crate) disturbed: bool,
}

/// A row that is timed.
pub(crate) fn row(
    name: impl Into<String>,
    peer: &'static str,
    bound: Bound,
    sides: impl FnOnce() -> Sides + 'static,
) -> Row {
    Row {
        name: name.into(),
        peer,
        bound,
        allocations: None,
        work: Work::Timed(Box::new(sides)),
    }
}

/// A row of bytes; `limit` is the most that ours may be.
pub(crate) fn figure(
    name: impl Into<String>,
    peer_name: &'static str,
    ours: f64,
    peer: Option<f64>,
    limit: f64,
) -> Row {
    Row {
        name: name.into(),
        peer: peer_name,
        bound: Bound::None,
        allocations: None,
        work: Work::Figure { ours, peer, limit },
    }
}

/// A row that takes its own samples, in seconds: ours and the peer's.
pub(crate) fn sampled(
    name: impl Into<String>,
    peer: &'static str,
    bound: Bound,
    sample: impl FnMut() -> (f64, f64) + 'static,
) -> Row {
    Row {
        name: name.into(),
        peer,
        bound,
        allocations: None,
        work: Work::Sampled(Box::new(sample)),
    }
}

impl Row {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Bounds the allocations of an operation, too.
    pub(crate) fn allocating(mut self, at_most: f64) -> Row {
        self.allocations = Some(at_most);
        self
    }

    /// Does one side `times` times.
    pub(crate) fn just(self, which: Which, times: u64) {
        let Work::Timed(sides) = self.work else {
            return;
        };
        let sides = sides();
        let mut side = match (which, sides.peer) {
            (Which::Peer, Some(peer)) => peer,
            _ => sides.ours,
        };
        Meter::seconds(&mut side, times);
    }

    pub(crate) fn measure(self, rounds: usize, pace: &mut Pace) -> Measured {
        let blank = Measured {
            name: self.name,
            peer_name: self.peer,
            unit: "ns",
            ours: 0.0,
            peer: None,
            bare: None,
            against: None,
            bound: self.bound,
            allocations: (None, None),
            failed: false,
            disturbed: false,
        };
        match self.work {
            Work::Figure { ours, peer, limit } => Measured {
                unit: "bytes",
                ours,
                peer,
                against: Some(Spread {
                    low: ours / limit,
                    median: ours / limit,
                    high: ours / limit,
                }),
                bound: Bound::Ratio(1.0),
                failed: ours > limit,
                ..blank
            },
            Work::Sampled(mut sample) => {
                let (ours, peer) = (0..rounds).map(|_| sample()).unzip();
                compare(ours, Some(peer), None, blank)
            }
            Work::Timed(sides) => {
                let mut measured = timed(sides(), rounds, pace, blank);
                if let (Some(limit), Some(ours)) = (self.allocations, measured.allocations.0) {
                    // A little more: a table that grew once.
                    measured.failed |= ours > limit + 0.01;
                }
                measured
            }
        }
    }
}

fn timed(sides: Sides, rounds: usize, pace: &mut Pace, blank: Measured) -> Measured {
    let (mut ours, mut peer) = (Timed::new(sides.ours), sides.peer.map(Timed::new));
    let (mut ours_off, mut peer_off) = match sides.off {
        Off::Nothing => (None, None),
        Off::Bare(bare) => (Some(Timed::new(bare)), None),
        Off::Filler(ours, peer) => (Some(Timed::new(ours)), Some(Timed::new(peer))),
    };
    // Rounds in which the core was shared are measured again, up to as many as there are to be.
    let mut spare = rounds;
    let mut kept = 0;
    while kept < rounds {
        let begins_well = pace.is_good();
        // Alternately first, so that what drifts favours none.
        if kept % 2 == 0 {
            ours.sample();
        }
        ours_off.iter_mut().for_each(Timed::sample);
        peer.iter_mut().for_each(Timed::sample);
        peer_off.iter_mut().for_each(Timed::sample);
        if kept % 2 == 1 {
            ours.sample();
        }
        if spare == 0 || begins_well && pace.is_good() {
            kept += 1;
            continue;
        }
        spare -= 1;
        thread::sleep(PAUSE);
        let all = [
            Some(&mut ours),
            peer.as_mut(),
            ours_off.as_mut(),
            peer_off.as_mut(),
        ];
        for timed in all.into_iter().flatten() {
            timed.samples.pop();
        }
    }
    let allocations = (
        ours.allocations(),
        peer.as_mut().and_then(Timed::allocations),
    );
    let off = ours_off.map(|off| {
        let peer = peer_off.map_or_else(|| off.samples.clone(), |off| off.samples);
        (off.samples, peer)
    });
    let mut measured = compare(ours.samples, peer.map(|peer| peer.samples), off, blank);
    measured.allocations = allocations;
    measured.disturbed = spare == 0;
    measured
}

fn compare(
    ours: Vec<f64>,
    peer: Option<Vec<f64>>,
    off: Option<(Vec<f64>, Vec<f64>)>,
    blank: Measured,
) -> Measured {
    const NANO: f64 = 1e9;
    let bare = off.as_ref().map(|(bare, _)| NANO * median(bare.clone()));
    let (ours, peer) = match off {
        None => (ours, peer),
        Some((ours_off, peer_off)) => (
            minus(ours, &ours_off),
            peer.map(|peer| minus(peer, &peer_off)),
        ),
    };
    let against = peer.as_ref().map(|peer| {
        let pairs = ours.iter().zip(peer);
        spread(match blank.bound {
            Bound::Nanoseconds(_) => pairs.map(|(ours, peer)| NANO * (ours - peer)).collect(),
            // An overhead too small to be seen counts as a picosecond.
            _ => pairs
                .map(|(ours, peer)| ours.max(1e-12) / peer.max(1e-12))
                .collect(),
        })
    });
    let failed = match (against, blank.bound) {
        (Some(against), Bound::Ratio(bound) | Bound::Nanoseconds(bound)) => against.low > bound,
        _ => false,
    };
    Measured {
        ours: NANO * median(ours),
        peer: peer.map(|peer| NANO * median(peer)),
        bare,
        against,
        failed,
        ..blank
    }
}

fn minus(all: Vec<f64>, off: &[f64]) -> Vec<f64> {
    all.into_iter()
        .zip(off)
        .map(|(all, off)| all - off)
        .collect()
}

/// A side with its number of operations and its samples.
struct Timed {
    side: Side,
    times: u64,
    samples: Vec<f64>,
}

impl Timed {
    /// Finds the number of operations that fills a round, which warms up, too.
    fn new(mut side: Side) -> Timed {
        let mut times = 1;
        let mut spent = |times| Meter::seconds(&mut side, times) * times as f64;
        loop {
            // The quicker of two, lest a hiccup looks like the end of it.
            let once = spent(times);
            if once >= ROUND / 4.0 && (once >= 10.0 * ROUND || spent(times) >= ROUND / 4.0) {
                break;
            }
            times *= 4;
        }
        // Cold caches and first allocations are over now.
        let once = spent(times);
        times = ((times as f64 * ROUND / once) as u64).clamp(1, 4 * times);
        Timed {
            side,
            times,
            samples: Vec::new(),
        }
    }

    fn sample(&mut self) {
        self.samples
            .push(Meter::seconds(&mut self.side, self.times));
    }

    fn allocations(&mut self) -> Option<f64> {
        Meter::allocations(&mut self.side, self.times.min(1_000))
    }
}
