//! What the search client and the backend say to each other: JSON, and a header for the time that is left.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds that the caller still has, so that the backend stops by itself when nobody waits any more.
pub(crate) const TIME_LEFT: &str = "x-time-left-ms";

/// The answer to `GET /search?q=words`.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Answer {
    pub(crate) hits: Vec<Hit>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Hit {
    pub(crate) title: String,
    pub(crate) link: String,
    /// Words that were searched for stand between U+0002 and U+0003.
    pub(crate) snippet: String,
    /// The lower, the better.
    pub(crate) rank: f64,
}

/// The answer to `GET /texts/{id}`.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Text {
    pub(crate) title: String,
    pub(crate) text: String,
}

/// The answer to `GET /status`.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Status {
    pub(crate) documents: u32,
    /// Queries that are running now, over all shards.
    pub(crate) running: usize,
}

/// The answer to whatever failed.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Problem {
    pub(crate) error: String,
    /// The functions that were cut off, innermost first.
    #[serde(default)]
    pub(crate) cut_off: Vec<String>,
}

impl Problem {
    pub(crate) fn new(error: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            cut_off: Vec::new(),
        }
    }
}

/// The value of [`TIME_LEFT`]. Rounded up: the caller's own clock should be the first to say that the time is over.
pub(crate) fn write_time_left(left: Duration) -> String {
    left.as_micros().div_ceil(1000).to_string()
}

pub(crate) fn read_time_left(header: &str) -> Option<Duration> {
    header.parse().ok().map(Duration::from_millis)
}
