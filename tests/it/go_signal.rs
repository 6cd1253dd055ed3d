//! What the tests of Go's `signal.NotifyContext` state, stated here. Signals are sent to a child process: this
//! very binary, which then runs `child` alone.
//!
//! | Go | here |
//! |---|---|
//! | TestNotifyContextNotifications, once | `a_signal_cancels_and_the_cause_names_it` |
//! | TestNotifyContextNotifications, multiple | differs: `a_second_signal_ends_the_process` |
//! | TestNotifyContextStop | `a_signal_after_the_drop_does_nothing`; the cause of a stop has no meaning: whoever stops drops |
//! | TestNotifyContextCancelParent | `a_parent_that_is_cancelled_gives_its_cause` |
//! | TestNotifyContextPrematureCancelParent | `a_parent_that_was_cancelled_before_gives_its_cause` |
//! | TestNotifyContextSimultaneousStop | no meaning: there is no stop to call twice |
//! | TestNotifyContextStringer | `it_prints_the_chain_it_came_from` |
//! | TestNotifyContextCause | `a_signal_cancels_and_the_cause_names_it` |

#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Lines, Read},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};

use ctx_core::{Ctx, SignalKind, SignalReceived};

use crate::support::{cause, outcome};

const SCENARIO: &str = "CTX_SIGNAL_SCENARIO";

/// What the child process does; without a scenario, as among the other tests, nothing.
#[test]
fn child() {
    let Ok(scenario) = std::env::var(SCENARIO) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let root = Ctx::background();
        let ctx = match scenario.as_str() {
            "hangup" => root.with_signals([SignalKind::hangup(), SignalKind::user_defined1()]),
            _ => root.with_shutdown_signal(),
        };
        let ctx = ctx.expect("the handler is installed");
        if scenario == "dropped" {
            drop(ctx);
            println!("\nready");
            let wait = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0; 1]));
            let _ = wait.await;
            std::process::exit(7);
        }
        println!("\nready");
        let err = ctx.done().await;
        let signal = err
            .cause()
            .and_then(|cause| cause.downcast_ref::<SignalReceived>());
        let signal = signal.expect("the cause names the signal");
        println!("\n{}|{}|{:?}", err, signal.number(), signal.name());
        if scenario == "twice" {
            // Still at it when the second one comes.
            std::future::pending::<()>().await;
        }
        std::process::exit(0);
    });
}

struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts a child and waits until it has installed its handlers.
    fn start(scenario: &str) -> Process {
        let mut child = Command::new(std::env::current_exe().expect("this binary"))
            .args([
                "--exact",
                "go_signal::child",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(SCENARIO, scenario)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a child process");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut process = Process { child, lines };
        process.line(|line| line == "ready");
        process
    }

    /// The next line that is `wanted`.
    fn line(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        let mut lines = (&mut self.lines).map(|line| line.expect("text"));
        lines
            .find(|line| wanted(line))
            .expect("the child says so before it ends")
    }

    fn kill(&self, signal: &str) {
        let kill = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(kill.expect("there is a kill").success());
    }

    fn wait(mut self) -> ExitStatus {
        self.child.wait().expect("it ends")
    }
}

#[test]
fn a_signal_cancels_and_the_cause_names_it() {
    let table = [
        ("once", "-INT", SignalKind::interrupt(), "SIGINT"),
        ("once", "-TERM", SignalKind::terminate(), "SIGTERM"),
        ("hangup", "-HUP", SignalKind::hangup(), "SIGHUP"),
        // Not common enough for a name.
        ("hangup", "-USR1", SignalKind::user_defined1(), "signal"),
    ];
    for (scenario, signal, kind, name) in table {
        let mut process = Process::start(scenario);
        process.kill(signal);
        let line = process.line(|line| line.contains('|'));
        assert!(line.starts_with("context cancelled: "), "{line}");
        assert!(
            line.contains(&format!("|{}|", kind.as_raw_value())),
            "{line}"
        );
        assert!(line.contains(name), "{line}");
        assert!(process.wait().success());
    }
}

#[test]
fn a_second_signal_ends_the_process() {
    for (first, second, code) in [
        ("-INT", "-INT", 130),
        ("-TERM", "-INT", 130),
        ("-INT", "-TERM", 143),
    ] {
        let mut process = Process::start("twice");
        process.kill(first);
        process.line(|line| line.contains('|'));
        process.kill(second);
        assert_eq!(process.wait().code(), Some(code));
    }
}

#[test]
fn a_signal_after_the_drop_does_nothing() {
    let mut process = Process::start("dropped");
    process.kill("-INT");
    drop(process.child.stdin.take());
    assert_eq!(process.wait().code(), Some(7));
}

#[tokio::test]
async fn a_parent_that_is_cancelled_gives_its_cause() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let ctx = parent
        .with_signals([SignalKind::user_defined2()])
        .expect("the handler is installed");
    assert!(!ctx.is_done());
    cancel.cancel_with("parent cancelled");
    assert_eq!(cause(&outcome(&ctx)), "parent cancelled");
}

#[tokio::test]
async fn a_parent_that_was_cancelled_before_gives_its_cause() {
    let (parent, cancel) = Ctx::background().with_cancel();
    cancel.cancel_with("parent cancelled");
    let ctx = parent
        .with_signals([SignalKind::user_defined2()])
        .expect("the handler is installed");
    assert_eq!(cause(&outcome(&ctx)), "parent cancelled");
}

#[tokio::test]
async fn it_prints_the_chain_it_came_from() {
    let (parent, _cancel) = Ctx::background().with_cancel();
    let ctx = parent
        .with_signals([SignalKind::user_defined2()])
        .expect("the handler is installed");
    let text = ctx.to_string();
    assert!(text.starts_with("background.with_cancel."), "{text}");
}
