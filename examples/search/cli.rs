//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use reqwest::Url;

/// Search the documentation of the crates on this machine.
///
/// Builds a full-text index, serves it as a JSON API on one loopback port and as a site on another. Every request to
/// the site may take as long as its `timeout` parameter says (`/search?q=tokio&timeout=1s`; 2s unless told, 30s at
/// most); what is still running then, in the site, in the API or in SQLite, stops.
#[derive(Debug, Parser)]
#[command(name = "search")]
pub(crate) struct Args {
    /// Index the markdown and text files below DIR, not the crates of the cargo registry
    #[arg(long, value_name = "DIR")]
    pub(crate) corpus: Option<PathBuf>,

    /// Port of the site, on 127.0.0.1; 0 takes one that is free
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,

    /// Use the API at URL; no index is built
    #[arg(long, value_name = "URL", value_parser = http_url, conflicts_with_all = ["corpus", "latency"])]
    pub(crate) backend: Option<Url>,

    /// Serve the API alone, at ADDR (such as 127.0.0.1:9000)
    #[arg(long, value_name = "ADDR", conflicts_with_all = ["backend", "port"])]
    pub(crate) serve_backend: Option<SocketAddr>,

    /// Make every query of the API take this much longer
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = humantime::parse_duration)]
    pub(crate) latency: Duration,

    /// How long requests in flight may go on after SIGINT or SIGTERM; a second signal ends them at once
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = humantime::parse_duration)]
    pub(crate) grace: Duration,
}

/// There is no TLS in this example, and `localhost:9000` would be a URL of the scheme `localhost`.
fn http_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match url.scheme() {
        "http" => Ok(url),
        _ => Err("it must begin with http://".into()),
    }
}
