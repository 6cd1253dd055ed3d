//! Expansions of typical functions, pinned as files that people can read: `tests/expand/*.rs` beside `*.expanded.rs`.
//! Run with `EXPAND=overwrite` to write them anew.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Use;
use crate::lints::Purpose;

#[test]
fn expansions_are_as_pinned() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/expand"));
    let overwrite = std::env::var_os("EXPAND").is_some_and(|value| value == "overwrite");
    let mut sources: Vec<_> = fs::read_dir(folder)
        .expect("the snapshots are beside the crate")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "rs"))
        .filter(|path| !path.to_string_lossy().ends_with(".expanded.rs"))
        .collect();
    sources.sort();
    assert!(sources.len() >= 10, "only {} snapshots", sources.len());
    for source in sources {
        let text = fs::read_to_string(&source).expect("a readable file");
        let uses = super::uses(text.parse().expect("Rust"));
        assert!(!uses.is_empty(), "{} uses no macro", source.display());
        let expanded: String = uses.into_iter().map(both_forms).collect();
        let pinned = source.with_extension("expanded.rs");
        if overwrite {
            fs::write(&pinned, &expanded).expect("a writable folder");
        }
        let expected = fs::read_to_string(&pinned).unwrap_or_default();
        assert_eq!(
            expected,
            expanded,
            "{}: see the head of this file",
            pinned.display()
        );
    }
}

/// The expansion, and that for clippy and rustdoc where it is another one.
fn both_forms(found: Use) -> String {
    let text = |purpose| formatted(&found.clone().expand(purpose).to_string());
    let (running, reading) = (text(Purpose::Running), text(Purpose::Reading));
    if running == reading {
        return running;
    }
    format!("{running}\n// For clippy and rustdoc:\n{reading}")
}

/// As `rustfmt` writes it.
fn formatted(source: &str) -> String {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition=2024", "--config=max_width=100"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("rustfmt is installed beside rustc");
    rustfmt
        .stdin
        .take()
        .expect("piped")
        .write_all(source.as_bytes())
        .expect("rustfmt reads");
    let output = rustfmt.wait_with_output().expect("rustfmt ends");
    assert!(output.status.success(), "rustfmt refuses {source}");
    String::from_utf8(output.stdout).expect("rustfmt writes UTF-8")
}
