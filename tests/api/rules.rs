//! Rules of the source that no lint knows.

use std::{fs, path::Path};

/// Far enough for an operation of several lines below its comment.
const NEAR: usize = 8;

fn is_atomic(line: &str) -> bool {
    let code = line.split("//").next().expect("at least one part");
    ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"]
        .iter()
        .any(|order| code.contains(&format!("Ordering::{order}")))
}

/// The numbers of the lines with an atomic operation that does not say its `ORDERING:` above, in the same paragraph.
fn unexplained(source: &str) -> Vec<usize> {
    let lines: Vec<_> = source
        .lines()
        .take_while(|line| *line != "mod tests {")
        .collect();
    let explained = |at: usize| {
        let above = lines[at.saturating_sub(NEAR)..=at].iter().rev();
        let mut above = above.take_while(|line| !line.trim().is_empty() && !line.contains("fn "));
        above.any(|line| line.contains("ORDERING:"))
    };
    let atomic = (0..lines.len()).filter(|at| is_atomic(lines[*at]));
    atomic
        .filter(|at| !explained(*at))
        .map(|at| at + 1)
        .collect()
}

fn check(folder: &Path, operations: &mut usize, missing: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() && !path.ends_with("models") {
            check(&path, operations, missing);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).expect("a readable file");
            *operations += source.lines().filter(|line| is_atomic(line)).count();
            let lines = unexplained(&source).into_iter();
            missing.extend(lines.map(|line| format!("{}:{line}", path.display())));
        }
    }
}

#[test]
fn every_atomic_operation_of_the_core_says_its_ordering() {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ctx-core/src");
    let (mut operations, mut missing) = (0, Vec::new());
    check(&core, &mut operations, &mut missing);
    assert!(operations > 30, "only {operations} were found");
    assert!(missing.is_empty(), "no `ORDERING:` at {missing:#?}");
}

#[test]
fn a_comment_of_another_operation_does_not_count() {
    let source = "// ORDERING: here.\na.load(Ordering::Acquire);\n\nb.load(Ordering::Acquire);\n";
    assert_eq!(unexplained(source), [4]);
}
