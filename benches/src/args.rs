//! The command line.

use crate::row::Which;

const HELP: &str = "\
usage: cargo run -p benches --release -- [options]
  --check            fail if a whole confidence interval lies above its bound, unless the row was disturbed
  --go               add Go's column (benches/go/get-go.sh fetches Go)
  --only NAME        only rows whose name contains NAME; may be repeated
  --rounds N         interleaved rounds for each row (default 21, at least 15 for --check)
  --instructions     add instructions per operation (perf, else valgrind; slow)";

/// What was asked for.
pub(crate) struct Args {
    pub(crate) check: bool,
    pub(crate) go: bool,
    pub(crate) instructions: bool,
    pub(crate) rounds: usize,
    only: Vec<String>,
    /// One side of the rows, so many times, and nothing else: for counting instructions.
    pub(crate) just: Option<(Which, u64)>,
}

impl Args {
    pub(crate) fn parse(args: impl Iterator<Item = String>) -> Result<Args, &'static str> {
        let mut parsed = Args {
            check: false,
            go: false,
            instructions: false,
            rounds: 21,
            only: Vec::new(),
            just: None,
        };
        let mut args = args;
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(HELP);
            match arg.as_str() {
                "--check" => parsed.check = true,
                "--go" => parsed.go = true,
                "--instructions" => parsed.instructions = true,
                "--only" => parsed.only.push(value()?),
                "--rounds" => parsed.rounds = value()?.parse().map_err(|_| HELP)?,
                "--just" => {
                    let side = match value()?.as_str() {
                        "ours" => Which::Ours,
                        "peer" => Which::Peer,
                        _ => return Err(HELP),
                    };
                    parsed.just = Some((side, value()?.parse().map_err(|_| HELP)?));
                }
                _ => return Err(HELP),
            }
        }
        if parsed.check && parsed.rounds < 15 {
            return Err(HELP);
        }
        Ok(parsed)
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        if self.just.is_some() {
            return self.only.iter().any(|only| only == name);
        }
        self.only.is_empty() || self.only.iter().any(|only| name.contains(only.as_str()))
    }
}
