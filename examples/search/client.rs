//! The search client: asks the backend, and tells it for whom and how long.

use ctx_core::cancellable;
use reqwest::{RequestBuilder, StatusCode, Url};
use serde::de::DeserializeOwned;

use crate::api::{self, Answer, Problem, TIME_LEFT, Text};
use crate::userip::{self, UserIp};

#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    backend: Url,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum SearchError {
    #[error(transparent)]
    CutOff(#[from] ctx_core::Error),
    #[error("the search API answered {status}: {}", .problem.error)]
    Refused {
        status: StatusCode,
        problem: Problem,
    },
    #[error("the search API does not answer as it should")]
    NoAnswer(#[from] reqwest::Error),
}

impl Client {
    pub(crate) fn new(backend: Url) -> Self {
        Self {
            http: reqwest::Client::new(),
            backend,
        }
    }

    /// Finds what has all of `words` in it, best first.
    #[cancellable]
    pub(crate) async fn search(&self, words: &str) -> Result<Answer, SearchError> {
        let url = self.url(&["search"]);
        send(ctx, self.http.get(url).query(&[("q", words)])).await
    }

    /// The text at `/texts/{id}`.
    #[cancellable(timeout = "5s")]
    pub(crate) async fn text(&self, id: u32) -> Result<Text, SearchError> {
        let url = self.url(&["texts", &id.to_string()]);
        send(ctx, self.http.get(url)).await
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.backend.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

/// Sends `request` with what the context says, and reads the answer. Dropped half-way, it closes the connection; and
/// that is what cancels the context on the other side.
#[cancellable]
async fn send<T: DeserializeOwned>(
    #[value] UserIp(ip): &UserIp,
    request: RequestBuilder,
) -> Result<T, SearchError> {
    let mut request = request.header(userip::HEADER, ip.to_string());
    if let Some(left) = ctx.remaining() {
        request = request.header(TIME_LEFT, api::write_time_left(left));
    }
    let response = request.send().await?;
    let status = response.status();
    if status.is_success() {
        return Ok(response.json().await?);
    }
    let problem = response.json().await?;
    Err(SearchError::Refused { status, problem })
}
