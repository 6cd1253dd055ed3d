//! A search server in which every request carries a deadline, a cancellation and typed values through every layer.
//!
//! ```text
//! cargo run --example search              the crates of this machine's cargo registry
//! cargo run --example search -- --help
//! ```
//!
//! A request passes through these layers, and its context with it:
//!
//! - [`request`] makes the context: done when the handler is done or the client is gone.
//! - [`userip`] puts the address of the user into it.
//! - [`server`] narrows it to the `timeout` that the request asks for.
//! - [`client`] asks the search API; address and time left travel as headers.
//! - [`backend`], in this process or another, takes them up again and asks its three shards at once.
//! - [`index`]: each shard is an SQLite database, which asks its context every few instructions whether to go on.

mod api;
mod backend;
mod cli;
mod client;
mod corpus;
mod index;
mod page;
mod request;
mod serve;
mod server;
mod userip;

use std::error::Error;
use std::io::{self, IsTerminal};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use ctx_core::{Ctx, cancellable};
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Url;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::backend::Backend;
use crate::cli::Args;
use crate::client::Client;
use crate::serve::{LAST_WORDS, Life, serve};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    log_to_stderr(&args);

    // The first SIGINT or SIGTERM ends the accepting; requests in flight have the grace. The second one ends it all.
    let accept = Ctx::background().with_shutdown_signal()?;
    let requests = accept.with_grace(args.grace);
    let life = Life { accept, requests };

    match run(&args, &life).await {
        // Told to stop before there was anything to serve.
        Err(error) if life.accept.is_done() => tracing::info!("{error}"),
        Err(error) => {
            eprintln!("search: {error}");
            return Ok(ExitCode::FAILURE);
        }
        Ok(()) => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn run(args: &Args, life: &Life) -> Result<()> {
    if let Some(address) = args.serve_backend {
        let listener = listen(address).await?;
        let app = index(&life.accept, args).await?.router(&life.requests);
        println!("api: {}", url(&listener)?);
        return Ok(serve(listener, app, life).await?);
    }

    // Before the index: a port that is taken should not cost the time to build one.
    let listener = listen((Ipv4Addr::LOCALHOST, args.port).into()).await?;
    if let Some(backend) = &args.backend {
        return site(listener, backend.clone(), life).await;
    }

    let api = listen((Ipv4Addr::LOCALHOST, 0).into()).await?;
    let api_url = url(&api)?;
    let backend = index(&life.accept, args).await?;
    println!("api: {api_url}");

    // The requests that the site has in flight still need the API, so that one stops second; and when they are cut off,
    // what they asked of the API stops with them.
    let (accept, stop) = Ctx::background().with_cancel();
    let requests = life.requests.with_grace(LAST_WORDS);
    let api_life = Life { accept, requests };
    let app = backend.router(&api_life.requests);
    let site = async {
        let outcome = site(listener, api_url, life).await;
        stop.cancel_with("the site has stopped");
        outcome
    };
    let (site, api) = tokio::join!(site, serve(api, app, &api_life));
    site.and(api.map_err(Into::into))
}

async fn site(listener: TcpListener, backend: Url, life: &Life) -> Result<()> {
    let app = server::router(Client::new(backend), &life.requests);
    println!("site: {}", url(&listener)?);
    Ok(serve(listener, app, life).await?)
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    Ok(listener.map_err(|error| format!("cannot listen on {address}: {error}"))?)
}

fn url(listener: &TcpListener) -> Result<Url> {
    Ok(format!("http://{}/", listener.local_addr()?).parse()?)
}

/// Builds the index, or stops building it when the program is told to stop.
#[cancellable]
async fn index(args: &Args) -> Result<Backend> {
    let mut entries = corpus::find(args.corpus.as_deref())?;
    if entries.is_empty() {
        let place = args
            .corpus
            .as_deref()
            .map_or("the cargo registry".into(), Path::to_string_lossy);
        eprintln!("No texts in {place}: searching those that come with the example.");
        entries = corpus::shipped();
    }

    let style = ProgressStyle::with_template("indexing {wide_bar} {pos}/{len}")?;
    let progress = ProgressBar::new(entries.len() as u64).with_style(style);
    let shards = index::build(ctx, entries, &progress).await?;
    progress.finish_and_clear();

    let backend = Backend::new(ctx, shards, args.latency)?;
    let took = progress.elapsed();
    eprintln!("Indexed {} documents in {took:.1?}.", backend.documents());
    Ok(backend)
}

/// `RUST_LOG` decides; without it, what was cut off is told once: by the API only where it is on its own.
fn log_to_stderr(args: &Args) {
    let default = match args.serve_backend {
        Some(_) => "info",
        None => "info,search::backend=warn",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| default.into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
}
