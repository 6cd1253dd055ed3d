//! The page of promises names tests and files that exist.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

const PAGE: &str = include_str!("../../ctx-core/src/guide/promises.md");

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The texts of all files that a test `stem::name` may be in.
fn by_stem() -> HashMap<String, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in [".", "../ctx-core/src", "../ctx-macros/src/tests"] {
        sources(&here.join(folder), &mut found);
    }
    let mut texts = HashMap::<String, String>::new();
    for path in found {
        // A crate of tests goes by the name of its folder.
        let stem = match path.file_stem().and_then(|stem| stem.to_str()) {
            Some("main") => path.parent().and_then(Path::file_name),
            _ => path.file_stem(),
        };
        let stem = stem.expect("a source file").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a readable file");
        texts.entry(stem).or_default().push_str(&text);
    }
    texts
}

/// What stands between backquotes in the middle column of each table.
fn named() -> impl Iterator<Item = &'static str> {
    PAGE.lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| promise "))
        .flat_map(|row| {
            let tests = row.split(" | ").nth(1).expect("promise | test | command");
            tests.split('`').skip(1).step_by(2)
        })
}

#[test]
fn the_tests_that_the_page_names_exist() {
    let texts = by_stem();
    let tests: Vec<_> = named().filter_map(|name| name.split_once("::")).collect();
    assert!(tests.len() > 60, "only {} names were found", tests.len());
    for (stem, name) in tests {
        let there = texts
            .get(stem)
            .is_some_and(|text| text.contains(&format!("fn {name}(")));
        assert!(there, "{stem}::{name} is missing");
    }
}

#[test]
fn the_files_that_the_page_names_exist() {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    for file in named().filter(|name| name.ends_with(".rs")) {
        assert!(ui.join(file).is_file(), "{file} is missing");
    }
}
