//! The slow, obviously right model: every outcome is worked out anew from what has been called.
//!
//! Time is in milliseconds. Parents come before their children, so one walk from front to back is enough.

use ctx_core::ErrorKind;

/// Where an outcome came from: a line of the driver.
pub(super) type Line = u32;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outcome {
    pub(super) moment: u64,
    pub(super) kind: ErrorKind,
    pub(super) cause: String,
    pub(super) origin: Line,
    /// The moment is that of the one who decided and some grace.
    graced: bool,
}

impl Outcome {
    pub(super) fn new(moment: u64, kind: ErrorKind, cause: String, origin: Line) -> Outcome {
        Outcome {
            moment,
            kind,
            cause,
            origin,
            graced: false,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Background, or what `without_cancel` gives.
    Endless,
    Cancel,
    Deadline(u64),
    Value(usize, u32),
    Grace(u64),
    /// With the index of the other one.
    Merge(usize),
}

#[derive(Clone, Debug)]
struct Node {
    parent: Option<usize>,
    kind: Kind,
    /// Its own cancellation or its own deadline.
    own: Option<Outcome>,
    /// Its parent, or the other one, was done when it was made.
    late: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) now: u64,
    nodes: Vec<Node>,
}

/// The earlier of the two, the first on a tie.
fn earlier(first: Option<Outcome>, second: Option<Outcome>) -> Option<Outcome> {
    match (first, second) {
        (Some(first), Some(second)) if second.moment < first.moment => Some(second),
        (None, second) => second,
        (first, _) => first,
    }
}

fn least(first: Option<u64>, second: Option<u64>) -> Option<u64> {
    first.into_iter().chain(second).min()
}

impl Model {
    pub(super) fn add(&mut self, parent: Option<usize>, kind: Kind, own: Option<Outcome>) {
        let other = match kind {
            Kind::Merge(other) => Some(other),
            _ => None,
        };
        let late = parent
            .into_iter()
            .chain(other)
            .any(|node| self.done(node).is_some());
        // What is derived from a done parent takes its outcome, whatever its own deadline.
        let own = own.filter(|_| !late);
        self.nodes.push(Node {
            parent,
            kind,
            own,
            late,
        });
    }

    /// Time decides: a cancellation counts if nothing was past before it.
    pub(super) fn cancel(&mut self, node: usize, cause: String, origin: Line) {
        if self.done(node).is_none() {
            let outcome = Outcome::new(self.now, ErrorKind::Cancelled, cause, origin);
            self.nodes[node].own = Some(outcome);
        }
    }

    /// Each node's outcome, which may lie ahead.
    fn outcomes(&self) -> Vec<Option<Outcome>> {
        let mut all: Vec<Option<Outcome>> = Vec::new();
        for node in &self.nodes {
            let parent = node.parent.and_then(|parent| all[parent].clone());
            all.push(match node.kind {
                Kind::Endless => None,
                Kind::Grace(grace) => parent.map(|parent| Outcome {
                    moment: parent.moment + grace,
                    graced: true,
                    ..parent
                }),
                Kind::Merge(other) => earlier(parent, all[other].clone()),
                Kind::Cancel | Kind::Deadline(_) | Kind::Value(..) => {
                    earlier(node.own.clone(), parent)
                }
            });
        }
        all
    }

    /// The outcome of a node that is done.
    pub(super) fn done(&self, node: usize) -> Option<Outcome> {
        self.outcomes()[node]
            .clone()
            .filter(|outcome| outcome.moment <= self.now)
    }

    /// The deadline, unless the design leaves it open: it does not say whether a context that is done
    /// still follows what happens above a grace.
    pub(super) fn deadline(&self, node: usize) -> Result<Option<u64>, Unsaid> {
        let deadline = self.deadline_by(node, true)?;
        let open = self.done(node).is_some() && self.deadline_by(node, false)? != deadline;
        if open { Err(Unsaid) } else { Ok(deadline) }
    }

    /// With or without the moments that graces have learned.
    fn deadline_by(&self, node: usize, learned: bool) -> Result<Option<u64>, Unsaid> {
        let outcomes = self.outcomes();
        let mut all: Vec<Result<Option<u64>, Unsaid>> = Vec::new();
        for node in &self.nodes {
            let parent = node.parent.map_or(Ok(None), |parent| all[parent]);
            all.push(match node.kind {
                Kind::Endless => Ok(None),
                // Whether a deadline that never counted is still told.
                Kind::Deadline(_) | Kind::Merge(_) if node.late => Err(Unsaid),
                Kind::Deadline(at) => parent.map(|parent| least(Some(at), parent)),
                Kind::Cancel | Kind::Value(..) => parent,
                Kind::Merge(other) => {
                    parent.and_then(|parent| all[other].map(|other| least(parent, other)))
                }
                Kind::Grace(grace) => {
                    let above = node.parent.and_then(|parent| outcomes[parent].as_ref());
                    match above.filter(|above| learned && above.moment <= self.now) {
                        Some(above) => Ok(Some(above.moment + grace)),
                        None => parent.map(|parent| parent.map(|parent| parent + grace)),
                    }
                }
            });
        }
        all[node]
    }

    pub(super) fn value(&self, node: usize, key: usize) -> Option<u32> {
        let mut all: Vec<Option<u32>> = Vec::new();
        for node in &self.nodes {
            let parent = node.parent.and_then(|parent| all[parent]);
            all.push(match node.kind {
                Kind::Value(own, value) if own == key => Some(value),
                Kind::Merge(other) => parent.or(all[other]),
                _ => parent,
            });
        }
        all[node]
    }

    /// Two outcomes fall on one moment and the design does not say which counts, or says it depends
    /// on who looked between two calls of that moment. Programs with such a step leave it out.
    pub(super) fn is_open(&self) -> bool {
        let outcomes = self.outcomes();
        let ties = |first: &Option<Outcome>, second: &Option<Outcome>| match (first, second) {
            (Some(first), Some(second)) => first != second && first.moment == second.moment,
            _ => false,
        };
        self.nodes.iter().any(|node| {
            let Some(parent) = node.parent.map(|parent| &outcomes[parent]) else {
                return false;
            };
            match node.kind {
                Kind::Merge(other) => ties(parent, &outcomes[other]),
                // On a tie with a cancellation the deadline wins.
                Kind::Deadline(_) => {
                    let cancelled = parent.as_ref().is_some_and(|parent| {
                        parent.kind == ErrorKind::Cancelled && !parent.graced
                    });
                    !cancelled && ties(&node.own, parent)
                }
                _ => false,
            }
        })
    }
}

/// The design does not say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unsaid;
