//! The table, printed as it grows: Markdown, so that it can be shown as it is.

use crate::args::Args;
use crate::instructions::{self, Counts};
use crate::pace::Pace;
use crate::row::{Bound, Measured, Row};

/// Prints rows and remembers which failed.
pub(crate) struct Table {
    instructions: bool,
    failed: Vec<String>,
    pace: Pace,
    /// Their figures are shown, and judge nothing.
    disturbed: Vec<String>,
}

impl Table {
    pub(crate) fn new(instructions: bool) -> Table {
        print!("| row | ours | peer | bare | ours / peer | bound | allocations |");
        println!(
            "{}",
            if instructions {
                " instructions | atomics |"
            } else {
                ""
            }
        );
        print!("|---|--:|--:|--:|--:|--:|--:|");
        println!("{}", if instructions { "--:|--:|" } else { "" });
        Table {
            instructions,
            failed: Vec::new(),
            pace: Pace::new(),
            disturbed: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, row: Row, args: &Args) {
        let row = row.measure(args.rounds, &mut self.pace);
        let counts = self.instructions.then(|| instructions::of(&row.name));
        print(&row, counts.flatten());
        if row.disturbed {
            self.disturbed.push(row.name);
        } else if row.failed {
            self.failed.push(row.name);
        }
    }

    pub(crate) fn finish(&self) {
        println!();
        println!("Medians; the ratio is the median of the rounds' own, with its 95 % interval.");
        println!("With a bare operation given, both columns are what comes on top of it.");
        if !self.disturbed.is_empty() {
            println!(
                "Measured while something else ran on the core, and not judged: {}.",
                self.disturbed.join("; ")
            );
        }
        if !self.failed.is_empty() {
            println!("Above the bound: {}.", self.failed.join("; "));
        }
    }

    pub(crate) fn failed(&self) -> bool {
        !self.failed.is_empty()
    }
}

fn print(row: &Measured, counts: Option<Counts>) {
    let figure = |value: f64| match row.unit {
        "ns" => nanoseconds(value),
        unit => format!("{value:.0} {unit}"),
    };
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let peer = or_dash(
        row.peer
            .map(|peer| format!("{} ({})", figure(peer), row.peer_name)),
    );
    let against = or_dash(row.against.map(|against| {
        let unit = match row.bound {
            Bound::Nanoseconds(_) => " ns",
            _ => "",
        };
        format!(
            "{:.2}{unit} [{:.2}, {:.2}]",
            against.median, against.low, against.high
        )
    }));
    let bound = match row.bound {
        Bound::Ratio(bound) => format!("{bound}"),
        Bound::Nanoseconds(bound) => format!("+{bound} ns"),
        Bound::None => "-".into(),
    };
    let (ours, theirs) = row.allocations;
    let allocations = match (ours.map(short), theirs.map(short)) {
        (Some(ours), Some(theirs)) => format!("{ours} / {theirs}"),
        (ours, _) => or_dash(ours),
    };
    let bare = or_dash(row.bare.map(figure));
    let mark = if row.failed { " **above**" } else { "" };
    print!(
        "| {} | {} | {peer} | {bare} | {against} | {bound}{mark} | {allocations} |",
        row.name,
        figure(row.ours)
    );
    match counts {
        Some(Counts { ours, peer }) => {
            print!(" {:.0} / {:.0} |", ours.instructions, peer.instructions);
            let atomics = ours.atomics.zip(peer.atomics);
            let atomics = atomics.map(|(ours, peer)| format!("{ours:.0} / {peer:.0}"));
            println!(" {} |", or_dash(atomics));
        }
        None => println!(),
    }
}

fn nanoseconds(value: f64) -> String {
    match value.abs() {
        1e6.. => format!("{:.1} ms", value / 1e6),
        1e4.. => format!("{:.1} µs", value / 1e3),
        100.0.. => format!("{value:.0} ns"),
        _ => format!("{value:.2} ns"),
    }
}

fn short(value: f64) -> String {
    if (value - value.round()).abs() < 0.01 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}
