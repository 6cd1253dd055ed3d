//! What `#[ctx_core::main]` comes down to.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::time::Duration;

use crate::ctx::Ctx;
use crate::error::{BoxError, Error};
use crate::task::Within;
use crate::tracker::Tracker;

/// How long the end of the process waits for what is cut off to be dropped.
const TO_DROP: Duration = Duration::from_secs(1);

/// What a main fn may return. `Way` tells the impls apart.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a program",
    label = "expected `()`, `ExitCode` or a `Result` of one of them",
    note = "the error may be any that `Box<dyn std::error::Error>` can be made from"
)]
pub trait Outcome<Way> {
    /// What the process exits with, after an error was printed.
    fn exit(self) -> ExitCode;
}

impl Outcome<()> for () {
    fn exit(self) -> ExitCode {
        ExitCode::SUCCESS
    }
}

impl Outcome<()> for ExitCode {
    fn exit(self) -> ExitCode {
        self
    }
}

impl<T: Outcome<A>, E: Failure<B>, A, B> Outcome<(A, B)> for Result<T, E> {
    fn exit(self) -> ExitCode {
        match self {
            Ok(output) => output.exit(),
            Err(err) => {
                say(describe(&*err.boxed()));
                ExitCode::FAILURE
            }
        }
    }
}

/// What a main fn may fail with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a program",
    label = "`Box<dyn std::error::Error>` cannot be made from this"
)]
pub trait Failure<Way> {
    /// The error, to be printed.
    fn boxed(self) -> Box<dyn StdError>;
}

/// The way of most errors.
#[derive(Debug)]
pub struct Converted;

/// The way of `BoxError`: there is no `From` between the two boxes.
#[derive(Debug)]
pub struct Boxed;

impl<E: Into<Box<dyn StdError>>> Failure<Converted> for E {
    fn boxed(self) -> Box<dyn StdError> {
        self.into()
    }
}

impl Failure<Boxed> for BoxError {
    fn boxed(self) -> Box<dyn StdError> {
        self
    }
}

/// The error and what it comes from, down to the context's error, if there is one, which tells all it knows.
fn describe(err: &(dyn StdError + 'static)) -> String {
    let mut text = String::from("Error: ");
    let mut err = err;
    loop {
        if let Some(err) = of_context(err) {
            return text + &err.report().to_string();
        }
        text += &err.to_string();
        match err.source() {
            Some(source) => err = source,
            None => return text,
        }
        text += "\n  caused by: ";
    }
}

/// The error as a context's. An `io::Error` that was made from one does not give it as its source.
fn of_context<'a>(err: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let inner = || err.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref();
    err.downcast_ref().or_else(inner)
}

/// Prints a line for a person, if there still is one: a closed stderr changes no exit code.
fn say(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Runs a program under a root context that the shutdown signals cancel. From then on the body, and then the tasks
/// spawned through the context, have `grace` to end.
///
/// # Panics
///
/// If the runtime cannot be made, or the signals not be handled. If the body does: after the tasks have had their grace.
#[track_caller]
pub fn run_main<F, Fut, Way>(grace: Duration, body: F) -> ExitCode
where
    F: FnOnce(Ctx) -> Fut,
    Fut: Future,
    Fut::Output: Outcome<Way>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the system can start a runtime");
    // Not in an async block, so that reports name the caller as the origin.
    let entered = runtime.enter();
    let signalled = Ctx::background()
        .with_shutdown_signal()
        .expect("the shutdown signals can be handled");
    drop(entered);
    let tracker = Tracker::default();
    let (root, cancel) = tracker.watch(&signalled).with_cancel();
    let end = root.with_grace(grace);

    let main = Within::new(root.clone(), body(root));
    let ended = catch_unwind(AssertUnwindSafe(|| match runtime.block_on(end.run(main)) {
        Ok(output) => output.exit(),
        Err(err) => {
            if !grace.is_zero() {
                say(format_args!("the grace of {grace:?} is over"));
            }
            say(describe(&err));
            ExitCode::FAILURE
        }
    }));

    // What is still running has what is left of the grace, or all of it.
    cancel.cancel_with(MainReturned);
    let idle = runtime.block_on(end.run(tracker.idle()));
    // Without a grace nobody was asked to end in time.
    if idle.is_err() && !grace.is_zero() {
        for tasks in tracker.running() {
            say(format_args!(
                "still running after the grace of {grace:?}: {tasks}"
            ));
        }
    }
    // Drops the tasks. Blocking threads cannot be stopped; the process does not wait for them for long.
    runtime.shutdown_timeout(TO_DROP);
    ended.unwrap_or_else(|payload| resume_unwind(payload))
}

/// The cause with which the context of `#[ctx_core::main]` is cancelled when the fn has returned.
#[derive(Debug)]
struct MainReturned;

impl fmt::Display for MainReturned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("main has returned")
    }
}

impl StdError for MainReturned {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_type_of_an_error_can_be_the_error_of_a_program() {
        fn is_failure<E: Failure<Way>, Way>() {}
        is_failure::<Error, _>();
        is_failure::<io::Error, _>();
        is_failure::<String, _>();
        is_failure::<&str, _>();
        is_failure::<Box<dyn StdError>, _>();
        is_failure::<BoxError, _>();
    }
}
