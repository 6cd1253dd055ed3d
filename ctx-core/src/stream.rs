//! Streams that end with their context.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::ctx::Ctx;
use crate::done::DoneOwned;
use crate::error::Error;

pin_project! {
    /// A stream that ends when a context is done; made by [`Ctx::until_done`].
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # use futures::StreamExt;
    /// # tokio_test::block_on(async {
    /// let numbers = Ctx::background().until_done(futures::stream::iter([1, 2]));
    /// assert_eq!(numbers.collect::<Vec<_>>().await, [1, 2]);
    /// # });
    /// ```
    #[must_use = "streams do nothing unless polled"]
    pub struct UntilDone<S> {
        #[pin]
        inner: TryUntilDone<S>,
    }
}

pin_project! {
    /// A stream that yields why its context is done, and ends; made by [`Ctx::try_until_done`].
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # use futures::TryStreamExt;
    /// # tokio_test::block_on(async {
    /// let numbers = Ctx::background().try_until_done(futures::stream::iter([1, 2]));
    /// assert_eq!(numbers.try_collect::<Vec<_>>().await.expect("never done"), [1, 2]);
    /// # });
    /// ```
    #[must_use = "streams do nothing unless polled"]
    pub struct TryUntilDone<S> {
        // Empty once the stream has ended.
        done: Option<DoneOwned>,
        #[pin]
        stream: S,
    }
}

impl Ctx {
    /// The items of `stream` until the context is done; then it ends.
    ///
    /// Unlike [`run`](Self::run), it looks at the context first, because a stream may always be ready. Needs the feature
    /// `stream`.
    ///
    /// # Panics
    ///
    /// If the context has a deadline and the Tokio runtime no timers (`enable_time`).
    ///
    /// # Cancel safety
    ///
    /// That of `stream`.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # use futures::StreamExt;
    /// # tokio_test::block_on(async {
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let mut endless = ctx.until_done(futures::stream::repeat(7));
    /// assert_eq!(endless.next().await, Some(7));
    /// cancel.cancel();
    /// assert_eq!(endless.next().await, None);
    /// # });
    /// ```
    pub fn until_done<S: Stream>(&self, stream: S) -> UntilDone<S> {
        UntilDone {
            inner: self.try_until_done(stream),
        }
    }

    /// The items of `stream` until the context is done; then one error, and it ends.
    ///
    /// For who must know whether the stream was whole. Needs the feature `stream`.
    ///
    /// # Panics
    ///
    /// If the context has a deadline and the Tokio runtime no timers (`enable_time`).
    ///
    /// # Cancel safety
    ///
    /// That of `stream`.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # use futures::StreamExt;
    /// # tokio_test::block_on(async {
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let mut endless = ctx.try_until_done(futures::stream::repeat(7));
    /// cancel.cancel();
    /// assert!(endless.next().await.is_some_and(|item| item.is_err_and(|err| err.is_cancelled())));
    /// assert!(endless.next().await.is_none());
    /// # });
    /// ```
    pub fn try_until_done<S: Stream>(&self, stream: S) -> TryUntilDone<S> {
        TryUntilDone {
            done: Some(self.done_owned()),
            stream,
        }
    }
}

impl<S: Stream> Stream for TryUntilDone<S> {
    type Item = Result<S::Item, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let Some(done) = this.done else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(err) = Pin::new(done).poll(cx) {
            *this.done = None;
            return Poll::Ready(Some(Err(err)));
        }
        let item = std::task::ready!(this.stream.poll_next(cx));
        if item.is_none() {
            *this.done = None;
        }
        Poll::Ready(item.map(Ok))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        if self.done.is_none() {
            return (0, Some(0));
        }
        // It may end at once, or yield one error more.
        let (_, upper) = self.stream.size_hint();
        (0, upper.and_then(|upper| upper.checked_add(1)))
    }
}

impl<S: Stream> FusedStream for TryUntilDone<S> {
    fn is_terminated(&self) -> bool {
        self.done.is_none()
    }
}

impl<S: Stream> Stream for UntilDone<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let item = self.project().inner.poll_next(cx);
        item.map(|item| item.and_then(Result::ok))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.inner.size_hint().1)
    }
}

impl<S: Stream> FusedStream for UntilDone<S> {
    fn is_terminated(&self) -> bool {
        self.inner.is_terminated()
    }
}

impl<S> fmt::Debug for UntilDone<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntilDone")
            .field("inner", &self.inner)
            .finish()
    }
}

impl<S> fmt::Debug for TryUntilDone<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryUntilDone")
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}
