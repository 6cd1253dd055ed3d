//! Counts the instructions of a program, where something can: the processor, or else valgrind.

use std::ffi::OsStr;
use std::process::{Command, Output};

/// Runs `program`, which must succeed, and counts. `None` where nothing counts.
pub(crate) fn instructions<S: AsRef<OsStr>>(program: &OsStr, args: &[S]) -> Option<u64> {
    by_processor(program, args).or_else(|| by_valgrind(program, args))
}

fn by_processor<S: AsRef<OsStr>>(program: &OsStr, args: &[S]) -> Option<u64> {
    let perf = ["stat", "-x,", "-e", "instructions:u"];
    let text = errors_of(Command::new("perf").args(perf).arg(program).args(args))?;
    text.lines()
        .find_map(|line| line.split(',').next()?.parse().ok())
}

fn by_valgrind<S: AsRef<OsStr>>(program: &OsStr, args: &[S]) -> Option<u64> {
    let valgrind = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let text = errors_of(
        Command::new("valgrind")
            .args(valgrind)
            .arg(program)
            .args(args),
    )?;
    let line = text.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// What a tool writes beside the program's own output; `None` if it is not installed or failed.
fn errors_of(tool: &mut Command) -> Option<String> {
    let Output { status, stderr, .. } = tool.output().ok()?;
    status
        .success()
        .then(|| String::from_utf8_lossy(&stderr).into_owned())
}
