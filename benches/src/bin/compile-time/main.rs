//! What an annotation costs the compiler, beside its peers: `cargo run -p benches --release --bin compile-time`.
//!
//! A library of 1,000 fns is compiled, against dependencies that are compiled already: plain, annotated, raced by
//! hand, instrumented, and with `select!`; for check and for release. The rounds are interleaved; a ratio is taken within its round.
//!
//! `--instructions` counts in place of timing, which is the same each time and needs one round; for check alone.
//!
//! By hand is what a race costs: a fn that returns the future of the race around one block. What annotated has on top in a
//! check is, in the order of its size: the macro itself, which cargo does not optimize in any profile, and the handing
//! over of its tokens; the line that tells the block its type, without which errors move and inference fails; the name
//! for the trace, a constant of its own; the captures, for the order of drops.

mod compiler;
#[path = "../../counter.rs"]
mod counter;
mod program;
#[path = "../../stats.rs"]
mod stats;

use std::process::ExitCode;

use compiler::{Compiler, Goal};
use program::{Variant, program};
use stats::{Spread, median, spread};

const HELP: &str = "\
usage: cargo run -p benches --release --bin compile-time -- [options]
  --check        fail if a whole interval lies above its bound
  --only GOAL    `check` or `release`
  --rounds N     interleaved rounds (default 5)
  --fns N        fns in the library (default 1000)
  --instructions count instructions in place of time, of `check` alone: one round, the same each time";

/// What is promised of the annotated fns: the goal, the peer, the ratio.
const BOUNDS: [(Goal, Variant, f64); 3] = [
    (Goal::Check, Variant::Plain, 1.1),
    (Goal::Release, Variant::Plain, 1.7),
    (Goal::Release, Variant::Instrumented, 0.7),
];

struct Args {
    check: bool,
    only: Option<String>,
    rounds: usize,
    fns: usize,
    instructions: bool,
}

fn args() -> Option<Args> {
    let mut parsed = Args {
        check: false,
        only: None,
        rounds: 5,
        fns: 1000,
        instructions: false,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--check" => parsed.check = true,
            "--only" => parsed.only = Some(args.next()?),
            "--rounds" => parsed.rounds = args.next()?.parse().ok().filter(|rounds| *rounds > 0)?,
            "--instructions" => parsed.instructions = true,
            "--fns" => parsed.fns = args.next()?.parse().ok()?,
            _ => return None,
        }
    }
    Some(parsed)
}

/// Seconds of one goal: for each variant, one for each round.
fn measure(goal: Goal, args: &Args) -> Vec<Vec<f64>> {
    let compiler = Compiler::new(goal);
    let programs = Variant::ALL.map(|variant| program(variant, args.fns));
    let mut seconds = vec![Vec::new(); programs.len()];
    for round in 0..args.rounds {
        for place in 0..programs.len() {
            // None is always the one that finds the caches cold.
            let at = (place + round) % programs.len();
            seconds[at].push(compiler.seconds(Variant::ALL[at].name(), &programs[at]));
        }
    }
    seconds
}

/// Annotated against `peer`, in each round.
fn ratio(seconds: &[Vec<f64>], peer: Variant) -> Spread {
    let of = |wanted| {
        let at = Variant::ALL.iter().position(|variant| *variant == wanted);
        &seconds[at.expect("one of all")]
    };
    let pairs = of(Variant::Annotated).iter().zip(of(peer));
    spread(pairs.map(|(ours, peer)| ours / peer).collect())
}

/// Counts the instructions of the checks, and returns whether annotated is above its bound; `None` where nothing counts.
fn count(args: &Args) -> Option<bool> {
    let compiler = Compiler::new(Goal::Check);
    let mut counts = Vec::new();
    for variant in Variant::ALL {
        counts.push(compiler.instructions(variant.name(), &program(variant, args.fns))? as f64);
    }
    println!("| {} fns | million instructions | this / plain |", args.fns);
    println!("|---|--:|--:|");
    for (variant, count) in Variant::ALL.into_iter().zip(&counts) {
        let (name, ratio) = (variant.name(), count / counts[Variant::Plain as usize]);
        println!("| check, {name} | {:.0} | {ratio:.3} |", count / 1e6);
    }
    let (_, _, bound) = BOUNDS[0];
    Some(counts[Variant::Annotated as usize] > bound * counts[Variant::Plain as usize])
}

fn main() -> ExitCode {
    let Some(args) = args() else {
        eprintln!("{HELP}");
        return ExitCode::FAILURE;
    };
    if args.instructions {
        return match count(&args) {
            Some(above) if args.check && above => ExitCode::FAILURE,
            Some(_) => ExitCode::SUCCESS,
            None => {
                eprintln!(
                    "nothing counts instructions here: install valgrind, or perf where the processor counts"
                );
                ExitCode::FAILURE
            }
        };
    }
    let mut failed = false;
    println!("| {} fns | CPU time | annotated / this | bound |", args.fns);
    println!("|---|--:|--:|--:|");
    for goal in [Goal::Check, Goal::Release] {
        if args.only.as_ref().is_some_and(|only| only != goal.name()) {
            continue;
        }
        let seconds = measure(goal, &args);
        for (variant, seconds_of) in Variant::ALL.into_iter().zip(&seconds) {
            let Spread {
                low,
                median: ratio,
                high,
            } = ratio(&seconds, variant);
            let bound = BOUNDS
                .iter()
                .find(|bound| (bound.0, bound.1) == (goal, variant));
            let bound = match bound {
                Some((_, _, bound)) if low > *bound => {
                    failed = true;
                    format!("{bound} **above**")
                }
                Some((_, _, bound)) => format!("{bound}"),
                None => String::from("-"),
            };
            println!(
                "| {}, {} | {:.2} s | {ratio:.2} [{low:.2}, {high:.2}] | {bound} |",
                goal.name(),
                variant.name(),
                median(seconds_of.clone()),
            );
        }
    }
    println!("\nMedians. The ratio is the median of the rounds' own, with its 95 % interval.");
    if args.check && failed {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
