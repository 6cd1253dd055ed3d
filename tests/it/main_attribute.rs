//! `#[ctx_core::main]`: what a program that ends in an error, or by a signal, prints and exits with. The program is a
//! child process: this very binary, which then runs `child` alone.

use std::{
    fmt, io,
    process::{Command, ExitCode, Output},
};

use ctx_core::{Ctx, Error, cancellable};

const SCENARIO: &str = "CTX_MAIN_SCENARIO";

/// An error of an application, which says where it comes from.
#[derive(Debug)]
struct Failed(Error);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the search failed")
    }
}

impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[cancellable(timeout = "1ms")]
async fn late() -> Result<(), Error> {
    std::future::pending().await
}

/// As another process would: with the same signal and the same handlers.
#[cfg(unix)]
fn interrupt_this_process() {
    let kill = Command::new("kill")
        .args(["-INT", &std::process::id().to_string()])
        .status();
    assert!(kill.expect("there is a kill").success());
}

#[ctx_core::main(grace = "100ms")]
async fn program(ctx: &Ctx) -> Result<(), Box<dyn std::error::Error>> {
    match std::env::var(SCENARIO).as_deref() {
        Ok("plain") => Err("no such index")?,
        Ok("context") => late(ctx).await?,
        Ok("source") => late(ctx).await.map_err(Failed)?,
        Ok("io") => late(ctx).await.map_err(io::Error::from)?,
        Ok("task") => {
            let task = ctx.spawn(|ctx| async move {
                let err = ctx.done().await;
                tokio::task::yield_now().await;
                eprintln!("the task has heard: {err}");
            });
            drop(task);
        }
        Ok("stuck") => drop(ctx.spawn(|_| std::future::pending::<()>())),
        #[cfg(unix)]
        Ok("signal") => {
            interrupt_this_process();
            ctx.cancellable(std::future::pending::<Result<(), Error>>())
                .await?;
        }
        #[cfg(unix)]
        Ok("deaf") => {
            interrupt_this_process();
            std::future::pending::<()>().await;
        }
        _ => {}
    }
    Ok(())
}

/// Without a scenario, as among the other tests, nothing.
#[test]
fn child() -> ExitCode {
    match std::env::var(SCENARIO) {
        Ok(_) => program(),
        Err(_) => ExitCode::SUCCESS,
    }
}

/// Whether the child ended well, and what it said.
fn run(scenario: &str) -> (bool, String) {
    let output = Command::new(std::env::current_exe().expect("this binary"))
        .args([
            "--exact",
            "main_attribute::child",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(SCENARIO, scenario)
        .output();
    let Output { status, stderr, .. } = output.expect("a child process");
    (
        status.success(),
        String::from_utf8(stderr).expect("it prints text"),
    )
}

#[track_caller]
fn assert_says(said: &str, lines: &[&str]) {
    let mut rest = said.lines();
    for line in lines {
        assert!(
            rest.any(|said| said.starts_with(line)),
            "no `{line}`, in this order, in:\n{said}"
        );
    }
}

#[test]
fn without_an_error_it_ends_well_and_says_nothing() {
    let (well, said) = run("none");
    assert!(well && said.is_empty(), "{said}");
}

#[test]
fn an_error_is_printed_and_fails_the_program() {
    let (well, said) = run("plain");
    assert!(!well);
    assert_says(&said, &["Error: no such index"]);
}

#[test]
fn the_error_of_a_context_is_told_by_its_report_once() {
    let (well, said) = run("context");
    assert!(!well);
    assert_says(
        &said,
        &[
            "Error: context deadline exceeded",
            "  timeout of 1ms set at tests/it/main_attribute.rs:",
            "  cut off ",
            "    in late (tests/it/main_attribute.rs:",
        ],
    );
    assert_eq!(said.matches("context deadline exceeded").count(), 1);
}

#[test]
fn the_error_of_a_context_is_found_among_the_sources_and_within_io() {
    let (well, said) = run("source");
    assert!(!well);
    assert_says(
        &said,
        &[
            "Error: the search failed",
            "  caused by: context deadline exceeded",
            "    in late (",
        ],
    );
    let (well, said) = run("io");
    assert!(!well);
    assert_says(
        &said,
        &["Error: context deadline exceeded", "    in late ("],
    );
}

#[test]
fn tasks_hear_of_the_end_and_are_waited_for() {
    let (well, said) = run("task");
    assert!(well);
    assert_says(
        &said,
        &["the task has heard: context cancelled: main has returned"],
    );
}

#[test]
fn a_task_that_does_not_end_is_named_after_the_grace() {
    let (well, said) = run("stuck");
    assert!(well);
    let names =
        "still running after the grace of 100ms: the task spawned at tests/it/main_attribute.rs:";
    assert_says(&said, &[names]);
}

#[cfg(unix)]
#[test]
fn a_signal_cancels_from_where_main_stands() {
    let (well, said) = run("signal");
    assert!(!well);
    assert_says(
        &said,
        &[
            "Error: context cancelled: received SIGINT",
            "  cancelled at tests/it/main_attribute.rs:",
        ],
    );
}

#[cfg(unix)]
#[test]
fn a_main_that_does_not_hear_is_dropped_after_its_grace() {
    let (well, said) = run("deaf");
    assert!(!well);
    assert_says(
        &said,
        &[
            "the grace of 100ms is over",
            "Error: context cancelled: received SIGINT",
            "  cancelled at tests/it/main_attribute.rs:",
        ],
    );
}
