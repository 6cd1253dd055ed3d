//! To and from `tokio_util::sync::CancellationToken`.

use std::fmt;
use std::panic::Location;

use tokio_util::sync::CancellationToken;

use crate::ctx::Ctx;

/// The cause with which a token cancels a context; see [`Ctx::with_token`].
///
/// Needs the feature `tokio-util`.
///
/// ```
/// # use ctx_core::{Ctx, TokenCancelled};
/// # use tokio_util::sync::CancellationToken;
/// # tokio_test::block_on(async {
/// let token = CancellationToken::new();
/// let ctx = Ctx::background().with_token(&token);
/// token.cancel();
/// assert!(ctx.done().await.cause().is_some_and(|cause| cause.is::<TokenCancelled>()));
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenCancelled;

impl Ctx {
    /// A child that is done when `token` is cancelled.
    ///
    /// A task watches the token, so the child follows soon after it, not in the same instant; a token that is
    /// cancelled already makes a child that is done. The task ends with the child, or with its last handle. Needs the
    /// feature `tokio-util`; see [the guide](crate::guide::coming_from_cancellation_token).
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # use tokio_util::sync::CancellationToken;
    /// # tokio_test::block_on(async {
    /// let token = CancellationToken::new();
    /// let ctx = Ctx::background().with_token(&token);
    /// token.cancel();
    /// assert!(ctx.done().await.is_cancelled());
    /// # });
    /// ```
    #[must_use = "the parent is not changed"]
    #[track_caller]
    pub fn with_token(&self, token: &CancellationToken) -> Ctx {
        let origin = Location::caller();
        if token.is_cancelled() {
            let (ctx, cancel) = self.cancel_from(origin);
            cancel.cancel_where_derived(TokenCancelled);
            return ctx;
        }
        let cancelled = token.clone().cancelled_owned();
        self.watched(origin, |target| async move {
            cancelled.await;
            target.cancel(Some(TokenCancelled.into()));
        })
    }

    /// A token that is cancelled when this context is done, for what takes no context.
    ///
    /// A task watches the context, and ends when that is done. For a background context there is none. Cancelling the
    /// token does not cancel the context. Needs the feature `tokio-util`.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # tokio_test::block_on(async {
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let token = ctx.to_token();
    /// cancel.cancel();
    /// token.cancelled().await;
    /// assert!(token.is_cancelled() && ctx.is_done());
    /// # });
    /// ```
    #[must_use]
    pub fn to_token(&self) -> CancellationToken {
        let token = CancellationToken::new();
        if self.is_done() {
            token.cancel();
        } else if self.node().is_some() {
            let done = self.done_owned();
            let theirs = token.clone();
            tokio::spawn(async move {
                done.await;
                theirs.cancel();
            });
        }
        token
    }
}

impl fmt::Display for TokenCancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its cancellation token was cancelled")
    }
}

impl std::error::Error for TokenCancelled {}
