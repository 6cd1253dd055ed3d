//! The JSON API: asks the three shards at once and merges what they find.

use std::future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use ctx_core::{Ctx, cancellable};
use serde::Deserialize;

use crate::api::{self, Answer, Hit, Problem, Status, TIME_LEFT, Text};
use crate::index::{IndexError, MOST_HITS, SHARDS, Shard};
use crate::request;
use crate::userip::{self, UserIp};

#[derive(Clone)]
pub(crate) struct Backend {
    shards: [Shard; SHARDS],
    documents: u32,
    latency: Duration,
    running: Arc<AtomicUsize>,
}

impl Backend {
    pub(crate) fn new(
        ctx: &Ctx,
        shards: [Shard; SHARDS],
        latency: Duration,
    ) -> Result<Self, IndexError> {
        let lengths = shards.each_ref().map(|shard| shard.len(ctx));
        let documents = lengths.into_iter().sum::<Result<_, _>>()?;
        Ok(Self {
            shards,
            documents,
            latency,
            running: Arc::default(),
        })
    }

    pub(crate) fn documents(&self) -> u32 {
        self.documents
    }

    pub(crate) fn router(self, root: &Ctx) -> Router {
        let routes = Router::new()
            .route("/search", get(search_shards))
            .route("/texts/{id}", get(read_text))
            .route("/status", get(status))
            .with_state(self);
        request::with_context(routes, root, enter)
    }
}

/// What the caller's context says, in headers, goes on in this one.
fn enter(ctx: &Ctx, request: &Request) -> Result<Ctx, String> {
    let mut ctx = ctx.clone();
    if let Some(ip) = header(request, userip::HEADER) {
        let ip = ip.parse().map_err(|_| malformed(userip::HEADER))?;
        ctx = ctx.with_value(UserIp(ip));
    }
    if let Some(left) = header(request, TIME_LEFT) {
        let left = api::read_time_left(left).ok_or_else(|| malformed(TIME_LEFT))?;
        ctx = ctx.with_timeout(left);
    }
    Ok(ctx)
}

fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    // What is no text is read as empty, and refused as malformed below.
    let value = request.headers().get(name)?;
    Some(value.to_str().unwrap_or_default())
}

fn malformed(header: &str) -> String {
    format!("malformed header {header}")
}

#[derive(Deserialize)]
struct Asked {
    q: String,
}

#[cancellable(current)]
async fn search_shards(
    State(backend): State<Backend>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Answer>, Failure> {
    let Query(Asked { q }) = asked?;
    let [a, b, c] = &backend.shards;
    let (a, b, c) = tokio::try_join!(
        ask_shard(ctx, &backend, a, &q),
        ask_shard(ctx, &backend, b, &q),
        ask_shard(ctx, &backend, c, &q),
    )?;

    let mut hits = [a, b, c].concat();
    hits.sort_by(|one, other| one.rank.total_cmp(&other.rank));
    hits.truncate(MOST_HITS as usize);
    Ok(Json(Answer { hits }))
}

/// Asks one shard. The query blocks, so it runs on a thread; it is counted until it has ended there.
#[cancellable]
async fn ask_shard(
    #[value] user: Option<&UserIp>,
    backend: &Backend,
    shard: &Shard,
    words: &str,
) -> Result<Vec<Hit>, IndexError> {
    tracing::debug!(?user, words, "asking a shard");
    let (shard, words, latency) = (shard.clone(), words.to_owned(), backend.latency);
    let running = Running::one_more(&backend.running);
    let query = ctx.spawn_blocking(move |ctx| {
        let _running = running;
        shard.search(&ctx, &words, latency)
    });
    match query.await? {
        // SQLite was the first to see that the context is done. Waiting on, this call is cut off as well, by an error
        // that says in the middle of what.
        Err(IndexError::CutOff(_)) => future::pending().await,
        found => found,
    }
}

#[cancellable(current)]
async fn read_text(
    State(backend): State<Backend>,
    Path(id): Path<u32>,
) -> Result<Json<Text>, Failure> {
    let shard = backend.shards[id as usize % SHARDS].clone();
    let query = ctx.spawn_blocking(move |ctx| shard.text(&ctx, id));
    let text = query.await.map_err(IndexError::from)??;
    text.map(Json).ok_or(Failure::NotFound)
}

#[cancellable(current)]
async fn status(State(backend): State<Backend>) -> Result<Json<Status>, Failure> {
    Ok(Json(Status {
        documents: backend.documents,
        running: backend.running.load(Ordering::SeqCst),
    }))
}

/// Counts one query for as long as it exists.
struct Running(Arc<AtomicUsize>);

impl Running {
    fn one_more(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    BadRequest(String),
    #[error("no such text")]
    NotFound,
    #[error(transparent)]
    CutOff(#[from] ctx_core::Error),
    #[error("the index has failed")]
    Index(#[source] IndexError),
}

impl From<IndexError> for Failure {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::CutOff(error) => error.into(),
            error => Self::Index(error),
        }
    }
}

impl From<QueryRejection> for Failure {
    fn from(rejection: QueryRejection) -> Self {
        Self::BadRequest(rejection.body_text())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let error = self.to_string();
        let (status, cut_off) = match &self {
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, Vec::new()),
            Self::NotFound => (StatusCode::NOT_FOUND, Vec::new()),
            Self::CutOff(error) => {
                tracing::info!("{}", request::log_line(error));
                (request::status(error), request::cut_off(error))
            }
            Self::Index(error) => {
                tracing::error!("{error}");
                (StatusCode::INTERNAL_SERVER_ERROR, Vec::new())
            }
        };
        (status, Json(Problem { error, cut_off })).into_response()
    }
}
