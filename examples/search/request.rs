//! A context for each request: done when the handler is done, when the client is gone, or when the server stops.

use std::convert::Infallible;
use std::ops::Deref;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use ctx_core::{Canceller, Ctx, Error};
use tracing::Instrument;

/// The cause of what stops because the client closed the connection.
#[derive(Debug, thiserror::Error)]
#[error("the client has gone")]
pub(crate) struct ClientGone;

/// The context of the request, as an argument of a handler.
#[derive(Clone, Debug)]
pub(crate) struct RequestCtx(Ctx);

/// What a server adds to the context of each of its requests, or the reason why it refuses one.
pub(crate) type Enter = fn(&Ctx, &Request) -> Result<Ctx, String>;

/// Gives every request to `router` a context, below `root`.
pub(crate) fn with_context(router: Router, root: &Ctx, enter: Enter) -> Router {
    router.layer(middleware::from_fn_with_state((root.clone(), enter), layer))
}

async fn layer(
    State((root, enter)): State<(Ctx, Enter)>,
    mut request: Request,
    next: Next,
) -> Response {
    let (ctx, cancel) = root.with_cancel();
    let ctx = match enter(&ctx, &request) {
        Ok(ctx) => ctx,
        Err(reason) => return (StatusCode::BAD_REQUEST, reason).into_response(),
    };
    request.extensions_mut().insert(RequestCtx(ctx.clone()));

    // axum drops this future when the client goes away. The handler runs in a task, so that it does not vanish with it
    // but sees its context cancelled, as everything that it called does, and can say where it was.
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
    let frames = error.trace().iter();
    let within = frames.map(|frame| format!("{} ({})", frame.name(), frame.location()));
    let within = within.collect::<Vec<_>>().join(" < ");
    format!("{error}; by {}, within {within}", error.origin())
}

impl AsRef<Ctx> for RequestCtx {
    fn as_ref(&self) -> &Ctx {
        &self.0
    }
}

impl Deref for RequestCtx {
    type Target = Ctx;

    fn deref(&self) -> &Ctx {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for RequestCtx {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // Without the layer, such as in a test of a handler alone, nothing cancels the request.
        let root = || Self(Ctx::background());
        Ok(parts.extensions.get().cloned().unwrap_or_else(root))
    }
}
