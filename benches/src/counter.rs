//! Counts what a program does, where something can: the processor, or valgrind, which counts atomic operations, too.

use std::ffi::OsStr;
use std::process::{Command, Output};

/// Instructions; and atomic operations, where they are counted.
pub(crate) type Counted = (u64, Option<u64>);

/// Runs `program`, which must succeed, and counts: atomic operations if those are asked for, or else by what is quickest.
/// `None` where nothing counts.
pub(crate) fn count<S: AsRef<OsStr>>(
    program: &OsStr,
    args: &[S],
    atomics: bool,
) -> Option<Counted> {
    if atomics && let Some(counted) = by_valgrind(program, args) {
        return Some(counted);
    }
    by_processor(program, args).or_else(|| by_valgrind(program, args))
}

fn by_processor<S: AsRef<OsStr>>(program: &OsStr, args: &[S]) -> Option<Counted> {
    let perf = ["stat", "-x,", "-e", "instructions:u"];
    let text = errors_of(Command::new("perf").args(perf).arg(program).args(args))?;
    let counted = text
        .lines()
        .find_map(|line| line.split(',').next()?.parse().ok())?;
    Some((counted, None))
}

fn by_valgrind<S: AsRef<OsStr>>(program: &OsStr, args: &[S]) -> Option<Counted> {
    // What locks the bus is what valgrind calls an atomic operation.
    let valgrind = [
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
        "--collect-bus=yes",
    ];
    let text = errors_of(
        Command::new("valgrind")
            .args(valgrind)
            .arg(program)
            .args(args),
    )?;
    let (_, counted) = text.split_once("Collected :")?;
    let mut counted = counted.lines().next()?.split_whitespace();
    let instructions = counted.next()?.parse().ok()?;
    Some((
        instructions,
        counted.next().and_then(|count| count.parse().ok()),
    ))
}

/// What a tool writes beside the program's own output; `None` if it is not installed or failed.
fn errors_of(tool: &mut Command) -> Option<String> {
    let Output { status, stderr, .. } = tool.output().ok()?;
    status
        .success()
        .then(|| String::from_utf8_lossy(&stderr).into_owned())
}
