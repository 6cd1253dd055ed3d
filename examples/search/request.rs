//! A context for each request: done when the handler is done, when the client is gone, or when the server stops.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use ctx_core::{Canceller, Ctx, Error};
use tracing::Instrument;

use crate::api::Problem;

/// The cause of what stops because the client closed the connection.
#[derive(Debug, thiserror::Error)]
#[error("the client has gone")]
pub(crate) struct ClientGone;

/// What a server adds to the context of each of its requests, or the reason why it refuses one.
pub(crate) type Enter = fn(&Ctx, &Request) -> Result<Ctx, String>;

/// Gives every request to `router` a context, below `root`.
pub(crate) fn with_context(router: Router, root: &Ctx, enter: Enter) -> Router {
    router.layer(middleware::from_fn_with_state((root.clone(), enter), layer))
}

async fn layer(
    State((root, enter)): State<(Ctx, Enter)>,
    request: Request,
    next: Next,
) -> Response {
    let (ctx, cancel) = root.with_cancel();
    let ctx = match enter(&ctx, &request) {
        Ok(ctx) => ctx,
        Err(reason) => {
            return (StatusCode::BAD_REQUEST, Json(Problem::new(reason))).into_response();
        }
    };

    // axum drops this future when the client goes away. The handler runs in a task, so that it does not vanish with it
    // but sees its context cancelled, as everything that it called does, and can say where it was. In that task `ctx`
    // is the current context: axum fixes what a handler takes, so handlers are `#[cancellable(current)]`.
    let hang_up = HangUp(cancel);
    let span = tracing::info_span!("request", uri = %request.uri());
    let response = ctx.spawn(|_| next.run(request).instrument(span)).await;
    hang_up.0.cancel();
    response.unwrap_or_else(|_panic| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// Cancels the request. Once it has been answered, that changes nothing: the first cause is the one that counts.
struct HangUp(Canceller);

impl Drop for HangUp {
    fn drop(&mut self) {
        self.0.cancel_with(ClientGone);
    }
}

/// The status of the response to a request that was cut off.
pub(crate) fn status(error: &Error) -> StatusCode {
    if error.is_deadline_exceeded() {
        StatusCode::GATEWAY_TIMEOUT
    } else if error.is_cancelled() {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    }
}

/// The functions that were cut off, innermost first.
pub(crate) fn cut_off(error: &Error) -> Vec<String> {
    let frames = error.trace().iter();
    frames.map(|frame| frame.name().to_owned()).collect()
}

/// One line for the log: why a request was cut off, by which line of the source, and in the middle of what.
pub(crate) fn log_line(error: &Error) -> String {
    let frames = error.trace().iter().map(ToString::to_string);
    let cut_off = frames.collect::<Vec<_>>().join(" < ");
    let origin = error.origin();
    format!("{error} (decided at {origin}); cut off: {cut_off}")
}
