//! A body keeps its coverage: the regions that the compiler has counters for are those of the plain fn.
//!
//! Read from the LLVM IR, where the records stand as they come to stand in the object file: so the test needs no tool
//! beside the compiler. The format is that of LLVM's coverage mapping.

use std::collections::BTreeSet;
use std::process::Command;

/// First line and column, last line and column.
type Region = [u64; 4];

/// That of the signature, which counts the calls. What a call runs is the expansion's, and has no place of its own.
const CALL: Region = [7, 1, 7, 92];

#[test]
fn coverage_has_the_regions_that_it_had() {
    let (plain, annotated) = (regions("covered"), regions("covered,annotated"));
    assert!(plain.len() > 20, "{plain:?}");
    let of_body: BTreeSet<_> = plain.into_iter().filter(|region| *region != CALL).collect();
    assert_eq!(of_body, annotated);
}

/// Of the whole fixture.
fn regions(features: &str) -> BTreeSet<Region> {
    let ir = format!("{}/{features}.ll", env!("CARGO_TARGET_TMPDIR")).replace(',', "-");
    let status = Command::new(env!("CARGO"))
        .args([
            "rustc",
            "--quiet",
            "--offline",
            "--package=ctx-spans",
            "--lib",
        ])
        .arg(format!("--features={features}"))
        .args(["--", "-Cinstrument-coverage", "-Cno-prepopulate-passes"])
        .args(["-Ccodegen-units=1", &format!("--emit=llvm-ir={ir}")])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .env_remove("RUSTFLAGS")
        .status()
        .expect("cargo runs");
    assert!(status.success(), "the fixture compiles");
    let ir = std::fs::read_to_string(ir).expect("the compiler has written it");
    let mut found = BTreeSet::new();
    for line in ir.lines().filter(|line| line.starts_with("@__covrec_")) {
        let record = line.split_once("c\"").expect("it ends in a string").1;
        Record(&mut unescaped(record).into_iter()).read(&mut found);
    }
    found
}

/// The bytes of a string in LLVM IR, up to its end.
fn unescaped(text: &str) -> Vec<u8> {
    let text = text.split('"').next().unwrap_or_default();
    let mut parts = text.split('\\');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    while let Some(part) = parts.next() {
        if part.is_empty() {
            bytes.push(b'\\');
            bytes.extend(parts.next().unwrap_or_default().bytes());
        } else {
            bytes.push(u8::from_str_radix(&part[..2], 16).expect("two digits"));
            bytes.extend(part[2..].bytes());
        }
    }
    bytes
}

/// The mapping of one fn.
struct Record<'a>(&'a mut dyn Iterator<Item = u8>);

impl Record<'_> {
    fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.0.next().expect("the record is whole");
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return number;
            }
        }
    }

    fn skip(&mut self, numbers: u64) {
        for _ in 0..numbers {
            self.number();
        }
    }

    fn read(mut self, found: &mut BTreeSet<Region>) {
        let files = self.number();
        self.skip(files);
        let expressions = self.number();
        self.skip(2 * expressions);
        for _ in 0..files {
            let mut line = 0;
            for _ in 0..self.number() {
                // A branch has its two counters behind its kind.
                const BRANCH: u64 = 4 << 2;
                if self.number() == BRANCH {
                    self.skip(2);
                }
                line += self.number();
                let (column, lines, end) = (self.number(), self.number(), self.number());
                found.insert([line, column, line + lines, end]);
            }
        }
    }
}
