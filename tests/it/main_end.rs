//! `#[ctx_core::main]`: what becomes of tasks, threads and callees once the body has ended. The program is a child process:
//! this very binary, which then runs `child` alone.

use std::{
    future::pending,
    process::{Command, ExitCode, Stdio},
    thread,
};

use ctx_core::{BoxError, Ctx, Error, cancellable};
use tokio::{sync::oneshot, task::yield_now};

use crate::support::LONG;

const SCENARIO: &str = "CTX_MAIN_END_SCENARIO";

/// What the child process does; without a scenario, as among the other tests, nothing.
#[test]
fn child() {
    let Ok(scenario) = std::env::var(SCENARIO) else {
        return;
    };
    let run = match scenario.as_str() {
        "draining" => draining,
        "leaving" => leaving,
        "blocking" => blocking,
        "panicking" => panicking,
        "calling back" => calling_back,
        "failing" => failing,
        "in its grace" => in_its_grace,
        _ => chosen,
    };
    std::process::exit(if run() == ExitCode::SUCCESS { 0 } else { 1 });
}

/// Says so when it is dropped.
struct Held(&'static str);

impl Drop for Held {
    fn drop(&mut self) {
        eprintln!("{}", self.0);
    }
}

#[ctx_core::main(grace = "1h")]
async fn draining() {
    ctx.spawn(|ctx| async move {
        let err = ctx.done().await;
        eprintln!("first: {err}");
        ctx.spawn(|_| async {
            yield_now().await;
            eprintln!("second");
        });
    });
}

#[ctx_core::main]
async fn leaving() {
    let (started, wait) = oneshot::channel();
    ctx.spawn(|_| async move {
        let _held = Held("dropped");
        let _ = started.send(());
        pending::<()>().await
    });
    wait.await.expect("it starts");
}

#[ctx_core::main]
async fn blocking() -> Result<(), Error> {
    let (started, wait) = oneshot::channel();
    ctx.spawn_blocking(|_| {
        let _ = started.send(());
        thread::sleep(LONG);
    });
    wait.await.expect("it starts");
    Ok(())
}

#[ctx_core::main(grace = "1h")]
async fn calling_back() {
    drop(ctx.after_done(|err| {
        // A runtime that is being shut down would drop the task.
        let runtime = tokio::runtime::Handle::current();
        let task = runtime.spawn(async {
            for _ in 0..1_000 {
                yield_now().await;
            }
        });
        let task = runtime.block_on(task).map_err(|err| err.to_string());
        eprintln!("called: {err}, {task:?}");
    }));
    // Never done, so never called: nobody waits for this one.
    let (never, cancel) = ctx.without_cancel().with_cancel();
    drop(never.after_done(|_| ()));
    cancel.detach();
}

#[ctx_core::main(grace = "1h")]
async fn panicking() {
    ctx.spawn(|ctx| async move {
        ctx.done().await;
        yield_now().await;
        eprintln!("drained");
    });
    panic!("out of the body");
}

#[cancellable(timeout = "1ms")]
async fn too_slow() -> Result<(), Error> {
    pending().await
}

#[ctx_core::main]
async fn failing() -> Result<(), BoxError> {
    Ok(too_slow(ctx).await?)
}

/// Cut off by a signal of its own, but no sooner than its callee is through.
#[ctx_core::main]
async fn in_its_grace() {
    #[cancellable(grace = "1h")]
    async fn callee() -> Result<(), Error> {
        let id = std::process::id().to_string();
        let kill = Command::new("kill").args(["-s", "TERM", &id]).status();
        assert!(kill.expect("there is a kill").success());
        let err = ctx.done().await;
        yield_now().await;
        eprintln!("cleaned up");
        Err(err)
    }
    let _ = callee(ctx).await;
    pending::<()>().await
}

#[ctx_core::main]
async fn chosen(ctx: Ctx) -> Result<ExitCode, Error> {
    ctx.check()?;
    Ok(ExitCode::from(1))
}

fn command(scenario: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command
        .args(["--exact", "main_end::child", "--nocapture"])
        .env(SCENARIO, scenario)
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// The exit code, and what was said on stderr.
fn run(scenario: &str) -> (Option<i32>, String) {
    let output = command(scenario).output().expect("a child process");
    let errors = String::from_utf8(output.stderr).expect("text");
    (output.status.code(), errors)
}

#[test]
fn tasks_have_the_grace_once_main_has_returned_and_so_have_theirs() {
    let said = "first: context cancelled: main has returned\nsecond\n";
    assert_eq!(run("draining"), (Some(0), said.into()));
}

#[test]
fn without_a_grace_tasks_are_dropped_and_nobody_is_blamed() {
    assert_eq!(run("leaving"), (Some(0), "dropped\n".into()));
}

#[test]
fn a_thread_that_blocks_does_not_keep_the_process() {
    assert_eq!(run("blocking"), (Some(0), String::new()));
}

#[test]
fn callbacks_that_the_end_calls_are_waited_for() {
    let said = "called: context cancelled: main has returned, Ok(())\n";
    assert_eq!(run("calling back"), (Some(0), said.into()));
}

#[test]
fn a_panic_lets_the_tasks_drain_and_goes_on() {
    let (code, errors) = run("panicking");
    // That of a test that fails.
    assert_eq!(code, Some(101));
    assert!(errors.contains("out of the body"), "{errors}");
    assert!(errors.ends_with("drained\n"), "{errors}");
}

#[test]
fn an_error_in_a_box_is_reported() {
    let (code, errors) = run("failing");
    assert_eq!(code, Some(1));
    let report = "Error: context deadline exceeded\n  timeout of 1ms set at ";
    assert!(errors.starts_with(report), "{errors}");
}

#[test]
fn an_error_that_nobody_reads_makes_the_same_exit_code() {
    let mut child = command("failing").spawn().expect("a child process");
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
}

#[test]
fn the_exit_code_is_that_of_main() {
    assert_eq!(run("chosen"), (Some(1), String::new()));
}

#[cfg(unix)]
#[test]
fn a_signal_cuts_main_off_after_the_grace_of_what_it_calls() {
    let (code, errors) = run("in its grace");
    assert_eq!(code, Some(1));
    let said = "cleaned up\nError: context cancelled: received SIGTERM\n  cancelled at ";
    assert!(errors.starts_with(said), "{errors}");
    assert!(
        errors.contains("main_end.rs"),
        "the origin is main: {errors}"
    );
}
