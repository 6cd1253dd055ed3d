//! The compiler, with what the programs depend on already compiled.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::counter;

/// What the programs name.
const CRATES: [&str; 4] = ["ctx_core", "tokio", "tokio_util", "tracing"];

/// What the compiler is asked for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// As `cargo check`.
    Check,
    /// As `cargo build --release`.
    Release,
}

impl Goal {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Goal::Check => "check",
            Goal::Release => "release",
        }
    }
}

/// The compiler for one goal.
pub(crate) struct Compiler {
    goal: Goal,
    rustc: PathBuf,
    /// Where the dependencies are.
    arguments: Vec<OsString>,
    out: PathBuf,
}

impl Compiler {
    /// Has cargo compile the dependencies of this program, as it would for `goal`, and remembers where they are.
    pub(crate) fn new(goal: Goal) -> Compiler {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut cargo = Command::new(cargo);
        match goal {
            Goal::Check => cargo.arg("check"),
            Goal::Release => cargo.args(["build", "--release"]),
        };
        let output = cargo
            .args([
                "--offline",
                "--quiet",
                "--package=benches",
                "--bin=compile-time",
            ])
            .arg("--message-format=json-render-diagnostics")
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "the dependencies must compile");
        let messages = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
        let mut arguments = Vec::new();
        let mut deps = PathBuf::new();
        for line in messages.lines() {
            let message: Value = serde_json::from_str(line).expect("cargo writes JSON");
            let name = message["target"]["name"].as_str().unwrap_or_default();
            let file = message["filenames"].as_array().and_then(|files| {
                let mut names = files.iter().filter_map(Value::as_str);
                names.find(|name| name.ends_with(".rlib") || name.ends_with(".rmeta"))
            });
            if let Some(file) = file.filter(|_| CRATES.contains(&name)) {
                arguments.extend(["--extern".into(), format!("{name}={file}").into()]);
                deps = Path::new(file).parent().expect("in a directory").into();
            }
        }
        assert_eq!(arguments.len(), 2 * CRATES.len(), "{arguments:?}");
        let mut search = OsString::from("-Ldependency=");
        search.push(&deps);
        arguments.push(search);
        let out = deps.with_file_name("compiled-programs");
        std::fs::create_dir_all(&out).expect("the target directory can be written to");
        Compiler {
            goal,
            rustc: rustc(),
            arguments,
            out,
        }
    }

    /// Compiles a library, and returns the seconds of CPU that it took.
    pub(crate) fn seconds(&self, name: &str, text: &str) -> f64 {
        let mut rustc = Command::new(&self.rustc);
        rustc.args(self.arguments_for(name, text));
        cpu_seconds(rustc.spawn().expect("rustc runs"))
    }

    /// Compiles a library, and returns the instructions that it took; `None` where nothing counts.
    pub(crate) fn instructions(&self, name: &str, text: &str) -> Option<u64> {
        counter::count(
            self.rustc.as_os_str(),
            &self.arguments_for(name, text),
            false,
        )
        .map(|counted| counted.0)
    }

    /// What the compiler is called with for a library with this text.
    fn arguments_for(&self, name: &str, text: &str) -> Vec<OsString> {
        let source = self.out.join(format!("{name}.rs"));
        std::fs::write(&source, text).expect("the target directory can be written to");
        let goal: &[&str] = match self.goal {
            Goal::Check => &["--emit=metadata"],
            Goal::Release => &["--emit=link", "-Copt-level=3"],
        };
        ["--edition=2024", "--crate-type=lib", "-Dwarnings"]
            .iter()
            .chain(goal)
            .map(OsString::from)
            .chain(self.arguments.iter().cloned())
            .chain(["--out-dir".into(), self.out.clone().into(), source.into()])
            .collect()
    }
}

/// The compiler itself: the proxy of rustup would be measured with it.
fn rustc() -> PathBuf {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output();
    let output = output.expect("rustc runs").stdout;
    let sysroot = String::from_utf8(output).expect("a path in UTF-8");
    Path::new(sysroot.trim()).join("bin/rustc")
}

/// Waits for a process that must succeed. What it took is its own and that of the processes that it waited for.
fn cpu_seconds(child: Child) -> f64 {
    let pid = child.id().try_into().expect("a process has a small number");
    let mut status = 0;
    // SAFETY: all zeroes is a value of this plain struct.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to locals that outlive the call. Nobody else waits for the child.
    let waited = unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) };
    assert_eq!(waited, pid, "{}", io::Error::last_os_error());
    assert_eq!(status, 0, "the program must compile");
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}
