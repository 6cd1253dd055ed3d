//! What the prologue of an annotated fn's body calls. The frame on top is that of its race.

use std::convert::Infallible;
use std::future::{Future, Pending};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::error::Error;
use crate::key::Key;
use crate::registration::Hold;
use crate::source::{Held, Scope};
use crate::stack::{self, Extra, Frame, Handed};

fn in_race<R>(f: impl FnOnce(&Frame<'_>) -> R) -> R {
    stack::with_top(|top| f(top.expect("polled by its race")))
}

/// Has the race go on as `handed` says, once the body returns [`Poll::Pending`].
fn hand(handed: Handed) {
    in_race(|frame| frame.with_extra(|extra| extra.handed = Some(handed)));
}

/// Ends the call: the context lacks the value of `K`, and the error originates in the annotated fn. What is returned never
/// resolves; the race drops the body.
///
/// # Panics
///
/// Outside of the prologue of an annotated fn.
pub fn missing<K: Key>() -> Pending<Infallible> {
    let site = in_race(|frame| frame.site.expect("the race of an annotated fn"));
    hand(Handed::Fail(Error::missing(K::NAME, site.location())));
    std::future::pending()
}

impl<H: Held> Scope<H> {
    /// Narrows the context by a timeout. What is returned resolves when the race goes on under that; never, if that is
    /// over at once.
    ///
    /// # Panics
    ///
    /// Outside of the prologue of an annotated fn.
    pub fn narrow(&self, after: Duration) -> Narrow {
        let site = in_race(|frame| {
            // Its key is of the node that it has now.
            assert!(frame.hold.is_some_and(Hold::is_idle), "in a prologue");
            frame.site.expect("the race of an annotated fn")
        });
        let narrow = self.given().timeout_from(after, None, site.location());
        hand(match narrow.err() {
            Some(err) => Handed::Fail(err),
            None => Handed::Again,
        });
        self.set(narrow);
        Narrow(())
    }
}

/// See [`Scope::narrow`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Narrow(());

impl Future for Narrow {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let is_handed = |hold: Hold<'_>| hold.has_extra(|extra| extra.handed.is_some());
        match in_race(|frame| frame.hold.is_some_and(is_handed)) {
            true => Poll::Pending,
            false => Poll::Ready(()),
        }
    }
}

/// Gives the race its grace.
pub fn grace(span: Duration) {
    let say = |extra: &mut Extra| extra.graces.get_or_insert_default().span = Some(span);
    in_race(|frame| frame.with_extra(say));
}

pin_project! {
    /// See [`graced`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Graced<F, G> {
        #[pin]
        future: F,
        span: Option<G>,
    }
}

/// A future that gives its race a grace at its first poll.
pub fn graced<F: Future, G: FnOnce() -> Duration>(future: F, span: G) -> Graced<F, G> {
    let span = Some(span);
    Graced { future, span }
}

impl<F: Future, G: FnOnce() -> Duration> Future for Graced<F, G> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(span) = this.span.take() {
            grace(span());
        }
        this.future.poll(cx)
    }
}
