//! What `#[ctx_core::main]` comes down to.

use std::error::Error as StdError;
use std::future::Future;
use std::panic::Location;
use std::process::ExitCode;
use std::time::Duration;

use crate::ctx::Ctx;
use crate::error::Error;
use crate::task::Within;
use crate::tracker::Tracker;

/// What a main fn may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a program",
    label = "expected `()`, `ExitCode` or a `Result` of one of them",
    note = "the error may be any that `Box<dyn std::error::Error>` can be made from"
)]
pub trait Outcome {
    /// What the process exits with, after an error was printed.
    fn exit(self) -> ExitCode;
}

impl Outcome for () {
    fn exit(self) -> ExitCode {
        ExitCode::SUCCESS
    }
}

impl Outcome for ExitCode {
    fn exit(self) -> ExitCode {
        self
    }
}

impl<T: Outcome, E: Into<Box<dyn StdError>>> Outcome for Result<T, E> {
    fn exit(self) -> ExitCode {
        match self {
            Ok(output) => output.exit(),
            Err(err) => {
                eprintln!("{}", describe(&*err.into()));
                ExitCode::FAILURE
            }
        }
    }
}

/// The error and its sources, down to that of a context, which is told by its report.
fn describe(err: &(dyn StdError + 'static)) -> String {
    let mut text = String::from("Error: ");
    let mut err = err;
    loop {
        if let Some(root) = of_context(err) {
            return text + &root.report().to_string();
        }
        text += &err.to_string();
        match err.source() {
            Some(source) => err = source,
            None => return text,
        }
        text += "\n  caused by: ";
    }
}

fn of_context<'e>(err: &'e (dyn StdError + 'static)) -> Option<&'e Error> {
    // An I/O error does not name what it wraps as its source.
    let wrapped = err.downcast_ref().and_then(std::io::Error::get_ref);
    err.downcast_ref()
        .or_else(|| wrapped.and_then(|wrapped| wrapped.downcast_ref()))
}

/// Runs a program under a root context that the shutdown signals cancel. From then on the body, and then the tasks
/// spawned through the context, have `grace` to end.
///
/// # Panics
///
/// If the runtime cannot be made, or the signals not be handled.
#[track_caller]
pub fn run_main<F, Fut>(grace: Duration, body: F) -> ExitCode
where
    F: FnOnce(Ctx) -> Fut,
    Fut: Future,
    Fut::Output: Outcome,
{
    // That of the fn: inside the block it would be ours.
    let origin = Location::caller();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the system can start a runtime");
    let code = runtime.block_on(async {
        let tracker = Tracker::default();
        let signalled = Ctx::background().shutdown_signal_from(origin);
        let (root, cancel) = tracker
            .watch(&signalled.expect("the shutdown signals can be handled"))
            .cancel_from(origin);
        let end = root.with_grace(grace);
        let main = Within::new(root.clone(), body(root));
        let code = match end.run(main).await {
            Ok(output) => output.exit(),
            Err(err) => {
                if !grace.is_zero() {
                    eprintln!("the grace of {grace:?} is over");
                }
                eprintln!("Error: {}", err.report());
                ExitCode::FAILURE
            }
        };
        // What is still running has what is left of the grace, or all of it.
        cancel.cancel_where_derived(MainReturned);
        if end.run(tracker.idle()).await.is_err() {
            for place in tracker.running() {
                eprintln!(
                    "still running after the grace of {grace:?}: the task spawned at {place}"
                );
            }
        }
        code
    });
    // Blocking threads cannot be stopped; the process does not wait for them.
    runtime.shutdown_background();
    code
}

/// The cause with which the context of `#[ctx_core::main]` is cancelled when the fn has returned.
#[derive(Debug)]
struct MainReturned;

impl std::fmt::Display for MainReturned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("main has returned")
    }
}

impl StdError for MainReturned {}
