//! Where the examples are.

use std::env;
use std::path::PathBuf;

/// The example called `name`: `target/debug/examples/{name}` for a test in `target/debug/deps`. `cargo test` builds both;
/// with `--test server` it builds no example, and this finds the program as it was built last.
pub(crate) fn program(name: &str) -> PathBuf {
    let test = env::current_exe().expect("the path of this test");
    let profile = test.ancestors().nth(2).expect("target/debug");
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    let program = profile.join("examples").join(name);
    let hint = "run `cargo build --examples` first";
    assert!(program.exists(), "no {}: {hint}", program.display());
    program
}
