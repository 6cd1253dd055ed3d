//! The site: a search form, and pages of results that come in time or not at all.

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use ctx_core::{Ctx, cancellable};
use maud::Markup;
use serde::Deserialize;

use crate::api::{Answer, Problem};
use crate::client::{Client, SearchError};
use crate::page::{self, Form};
use crate::request;
use crate::userip::UserIp;

/// How long a search may take that does not say.
const DEFAULT_TIMEOUT: &str = "2s";

/// No search may ask for more.
const MAX_TIMEOUT: Duration = Duration::from_secs(30);

const LONGEST_QUERY: usize = 200;

pub(crate) fn router(client: Client, root: &Ctx) -> Router {
    let routes = Router::new()
        .route("/", get(search_form))
        .route("/search", get(search_page))
        .route("/texts/{id}", get(text_page))
        .fallback(no_page)
        .with_state(client);
    request::with_context(routes, root, |ctx, request| {
        Ok(ctx.with_value(UserIp::of(request)))
    })
}

#[cancellable(current)]
async fn search_form() -> Result<Markup, Failure> {
    Ok(page::search(Asked::default().form()))
}

#[cancellable(current)]
async fn search_page(
    State(client): State<Client>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Markup, Failure> {
    let Query(asked) = asked?;
    let started = Instant::now();
    let found = match asked.check() {
        Ok(search) => find(ctx, &client, &search).await.map_err(Why::Search),
        Err(reason) => Err(Why::BadRequest(reason)),
    };
    let after = started.elapsed();
    match found {
        Ok(Answer { hits }) => Ok(page::results(asked.form(), &hits, after)),
        Err(why) => Err(Failure {
            asked,
            why,
            after: Some(after),
        }),
    }
}

/// All that is done for a search, in the time that it may take.
#[cancellable(timeout = search.timeout)]
async fn find(client: &Client, search: &Search) -> Result<Answer, SearchError> {
    client.search(ctx, &search.words).await
}

#[cancellable(current)]
async fn text_page(
    State(client): State<Client>,
    id: Result<Path<u32>, PathRejection>,
) -> Result<Markup, Failure> {
    let Path(id) = id?;
    let text = client.text(ctx, id).await.map_err(Why::Search)?;
    Ok(page::text(Asked::default().form(), &text))
}

#[cancellable(current)]
async fn no_page() -> Result<Markup, Failure> {
    Err(Why::NotFound.into())
}

/// The parameters as they came.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    timeout: Option<String>,
}

/// The parameters, when they make sense.
struct Search {
    words: String,
    timeout: Duration,
}

impl Asked {
    /// The reason, if they make none.
    fn check(&self) -> Result<Search, String> {
        let words = self.q.trim().to_owned();
        if words.is_empty() {
            return Err("What are you looking for? The parameter q is missing.".into());
        }
        if words.chars().count() > LONGEST_QUERY {
            return Err(format!("q is longer than {LONGEST_QUERY} characters."));
        }
        let Form { timeout, .. } = self.form();
        let reason = match humantime::parse_duration(timeout) {
            Ok(Duration::ZERO) => "leaves no time at all".to_owned(),
            Ok(long) if long > MAX_TIMEOUT => format!("is more than {MAX_TIMEOUT:?}"),
            Ok(timeout) => return Ok(Search { words, timeout }),
            Err(error) => format!("is no length of time such as 300ms or 2s: {error}"),
        };
        Err(format!("timeout={timeout} {reason}."))
    }

    fn form(&self) -> Form<'_> {
        let timeout = self.timeout.as_deref().filter(|t| !t.is_empty());
        Form {
            words: &self.q,
            timeout: timeout.unwrap_or(DEFAULT_TIMEOUT),
        }
    }
}

/// A request that got no answer.
#[derive(Debug)]
struct Failure {
    asked: Asked,
    why: Why,
    after: Option<Duration>,
}

#[derive(Debug)]
enum Why {
    BadRequest(String),
    NotFound,
    Search(SearchError),
}

impl From<Why> for Failure {
    fn from(why: Why) -> Self {
        Self {
            asked: Asked::default(),
            why,
            after: None,
        }
    }
}

impl From<QueryRejection> for Failure {
    fn from(rejection: QueryRejection) -> Self {
        Why::BadRequest(rejection.body_text()).into()
    }
}

impl From<PathRejection> for Failure {
    fn from(_: PathRejection) -> Self {
        Why::NotFound.into()
    }
}

/// What a handler returns that is cut off itself: because the client is gone, or the grace of a shutdown over.
impl From<ctx_core::Error> for Failure {
    fn from(error: ctx_core::Error) -> Self {
        Why::Search(error.into()).into()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self { asked, why, after } = self;
        let form = asked.form();
        let (status, page) = match why {
            Why::BadRequest(reason) => (StatusCode::BAD_REQUEST, page::problem(form, &reason)),
            Why::Search(SearchError::CutOff(error)) => {
                tracing::info!("{}", request::log_line(&error));
                let functions = request::cut_off(&error);
                let page = page::cut_off(form, &error.to_string(), after, &functions);
                (request::status(&error), page)
            }
            // The deadline travels to the API, so either side may be the first to see that it is over.
            Why::Search(SearchError::Refused {
                status: status @ StatusCode::GATEWAY_TIMEOUT,
                problem: Problem { error, cut_off },
            }) => {
                tracing::info!(
                    "{error}; cut off in the search API: {}",
                    cut_off.join(" < ")
                );
                (status, page::cut_off(form, &error, after, &cut_off))
            }
            Why::NotFound
            | Why::Search(SearchError::Refused {
                status: StatusCode::NOT_FOUND,
                ..
            }) => {
                let reason = "There is no such page.";
                (StatusCode::NOT_FOUND, page::problem(form, reason))
            }
            Why::Search(error) => {
                tracing::warn!("{error:?}");
                let page = page::problem(form, &error.to_string());
                (StatusCode::BAD_GATEWAY, page)
            }
        };
        (status, page).into_response()
    }
}
