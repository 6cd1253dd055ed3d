//! Every native error and lint has the same place in an annotated fn as in the plain one.
//!
//! The fixture is compiled by the cargo that runs this test, once plain and once annotated, and the compiler's own account
//! of its diagnostics is compared: codes and primary spans, not words.

mod coverage;
mod docs;

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// A diagnostic, by what must not change.
type Found = (u64, u64, u64, u64, String);

/// What `check` or `clippy` says about the fixture's `part`.
fn diagnostics(command: &str, part: &str, features: &str) -> BTreeSet<Found> {
    let output = Command::new(env!("CARGO"))
        .args([
            command,
            "--quiet",
            "--offline",
            "--package=ctx-spans",
            "--message-format=json",
        ])
        .arg(format!("--features={features}"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let file = format!("{part}.rs");
    let mut found = BTreeSet::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let message: Value = serde_json::from_str(line).expect("cargo writes JSON");
        if message["reason"] != "compiler-message"
            || message["package_id"]
                .as_str()
                .is_none_or(|id| !id.contains("spans"))
        {
            continue;
        }
        let message = &message["message"];
        let code = message["code"]["code"].as_str().unwrap_or("").to_owned();
        for span in message["spans"].as_array().into_iter().flatten() {
            let is_here = span["file_name"]
                .as_str()
                .is_some_and(|name| name.ends_with(&file));
            if span["is_primary"] == true && is_here {
                let at = |key: &str| span[key].as_u64().expect("spans have places");
                found.insert((
                    at("line_start"),
                    at("column_start"),
                    at("line_end"),
                    at("column_end"),
                    code.clone(),
                ));
            }
        }
    }
    assert!(
        !found.is_empty(),
        "{part}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    found
}

/// What annotating `part` takes away, and what it adds, as lines and codes.
fn changes(part: &str) -> [Vec<(u64, String)>; 2] {
    changes_of("check", part)
}

fn changes_of(command: &str, part: &str) -> [Vec<(u64, String)>; 2] {
    let plain = diagnostics(command, part, part);
    let annotated = diagnostics(command, part, &format!("{part},annotated"));
    let in_short = |found: &Found| (found.0, found.4.clone());
    [
        plain.difference(&annotated).map(in_short).collect(),
        annotated.difference(&plain).map(in_short).collect(),
    ]
}

#[test]
fn errors_stay_where_they_were() {
    assert_eq!(changes("errors"), [[], []]);
}

#[test]
fn lints_stay_where_they_were() {
    assert_eq!(changes("lints"), [[], []]);
}

#[test]
fn a_closure_that_takes_another_error_is_reported_where_it_is() {
    let found = diagnostics("check", "options", "options,annotated");
    let lines: BTreeSet<u64> = found.iter().map(|found| found.0).collect();
    // At the closure, and at the return type for which it does not do; not at the attribute.
    let of_closure: Vec<_> = lines.range(..12).collect();
    assert_eq!(of_closure, [&7, &9], "{found:?}");
}

#[test]
fn the_path_of_the_crate_is_no_place_of_errors_about_the_fn() {
    let found = diagnostics("check", "options", "options,annotated");
    let lines: BTreeSet<u64> = found.iter().map(|found| found.0).collect();
    let of_path: Vec<_> = lines.range(12..).collect();
    assert_eq!(of_path, [&18, &27, &32], "{found:?}");
}

#[test]
fn clippy_finds_what_it_found() {
    assert_eq!(changes_of("clippy", "clippy"), [[], []]);
}
