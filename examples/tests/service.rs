//! The recipe `service`, started as a program and sent signals.

#![cfg(unix)]

#[path = "common/program.rs"]
mod program;

use std::io::{BufRead, BufReader, Lines, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The program, which ends with the test.
struct Service {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    seen: Vec<String>,
}

/// What is left of it when it has ended.
struct Ended {
    code: Option<i32>,
    lines: Vec<String>,
    errors: String,
}

impl Service {
    fn start(grace: &str, jobs: &[&str]) -> Self {
        let mut child = Command::new(program::program("service"))
            .args(jobs)
            .env("GRACE", grace)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the service starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Service {
            child,
            lines,
            seen: Vec::new(),
        }
    }

    /// Reads until each of these was printed, in any order.
    fn until(&mut self, wanted: &[&str]) {
        while !wanted
            .iter()
            .all(|wanted| self.seen.iter().any(|seen| seen == wanted))
        {
            let line = self.lines.next().expect("it still runs");
            self.seen.push(line.expect("text"));
        }
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.expect("there is a kill").success());
    }

    fn ended(mut self) -> Ended {
        let rest = (&mut self.lines).map(|line| line.expect("text"));
        self.seen.extend(rest);
        let mut errors = String::new();
        let stderr = self.child.stderr.as_mut().expect("piped");
        stderr.read_to_string(&mut errors).expect("text");
        let code = self.child.wait().expect("it was started").code();
        let lines = std::mem::take(&mut self.seen);
        Ended {
            code,
            lines,
            errors,
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Both fail only if it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_signal_lets_it_finish_what_it_has_accepted() {
    for signal in ["INT", "TERM"] {
        let mut service = Service::start("1h", &["300ms", "1ms", "1ms"]);
        service.until(&["ready", "job 1 begins"]);
        service.signal(signal);
        let ended = service.ended();
        assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
        let stopping = format!("stopping: context cancelled: received SIG{signal}");
        for line in [&stopping, "job 1 has ended", "job 3 has ended"] {
            assert!(
                ended.lines.iter().any(|said| said == line),
                "{line}: {:?}",
                ended.lines
            );
        }
        assert_eq!(ended.lines.last().map(String::as_str), Some("drained"));
    }
}

#[test]
fn without_work_it_ends_at_once() {
    let mut service = Service::start("1h", &[]);
    service.until(&["ready"]);
    service.signal("TERM");
    let ended = service.ended();
    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for (second, code) in [("INT", 130), ("TERM", 143)] {
        let mut service = Service::start("1h", &["1h"]);
        service.until(&["ready", "job 1 begins"]);
        service.signal("TERM");
        service.until(&["stopping: context cancelled: received SIGTERM"]);
        service.signal(second);
        assert_eq!(service.ended().code, Some(code));
    }
}

#[test]
fn a_task_that_outlives_the_grace_is_named() {
    let mut service = Service::start("10ms", &["1h"]);
    service.until(&["ready", "job 1 begins"]);
    service.signal("TERM");
    let ended = service.ended();
    assert_eq!(ended.code, Some(0));
    let named = "still running after the grace of 10ms: the task spawned at ";
    assert!(ended.errors.starts_with(named), "{}", ended.errors);
    assert!(ended.errors.contains("service.rs:"), "{}", ended.errors);
}

#[test]
fn an_error_is_printed_with_its_report() {
    let service = Service::start("10ms", &["1h"; 6]);
    let ended = service.ended();
    assert_eq!(ended.code, Some(1));
    let lines: Vec<_> = ended.errors.lines().collect();
    assert_eq!(lines[0], "Error: context deadline exceeded");
    assert!(
        lines[1].starts_with("  timeout of 100ms set at "),
        "{lines:?}"
    );
    assert!(lines[3].starts_with("    in accept "), "{lines:?}");
}

#[test]
fn an_error_without_a_context_is_printed_too() {
    let ended = Service::start("1h", &["soon"]).ended();
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.errors.starts_with("Error: expected number"),
        "{}",
        ended.errors
    );
}
