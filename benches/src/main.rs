//! This crate and its peers in one run: `cargo run -p benches --release -- --help`.

mod alloc;
mod args;
mod cancel;
mod check;
mod counter;
mod derive;
mod drive;
mod go;
mod group;
mod http;
mod instructions;
mod meter;
mod pace;
mod row;
mod run;
mod scale;
mod sizes;
mod stats;
mod table;
mod timers;
mod values;

use std::process::ExitCode;

use args::Args;
use row::Row;
use table::Table;

fn rows(args: &Args) -> Vec<Row> {
    let peer = args.go.then(go::start);
    [
        scale::rows(),
        check::rows(),
        derive::rows(),
        run::rows(),
        timers::rows(),
        cancel::rows(),
        values::rows(peer.as_ref()),
        group::rows(),
        sizes::rows(),
        http::rows(),
        go::rows(peer.as_ref()),
    ]
    .into_iter()
    .flatten()
    .filter(|row| args.wants(row.name()))
    .collect()
}

fn main() -> ExitCode {
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(help) => {
            eprintln!("{help}");
            return ExitCode::FAILURE;
        }
    };
    let rows = rows(&args);
    if let Some((side, times)) = args.just {
        for row in rows {
            row.just(side, times);
        }
        return ExitCode::SUCCESS;
    }
    let mut table = Table::new(args.instructions);
    for row in rows {
        table.add(row, &args);
    }
    table.finish();
    if args.check && table.failed() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
