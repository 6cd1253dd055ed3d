//! What the prologue of an annotated fn's body calls. The frame on top is that of its race.

use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::ctx::Ctx;
use crate::error::Error;
use crate::key::Key;
use crate::stack::{self, Extra, Frame, Handed};

fn in_race<R>(f: impl FnOnce(&Frame<'_>) -> R) -> R {
    stack::with_top(|top| f(top.expect("polled by its race")))
}

/// Never resolves: the race drops the body and is cut off with the error.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Fail<T>(Option<Error>, PhantomData<fn() -> T>);

/// Ends the call with `err`.
pub fn fail<T>(err: Error) -> Fail<T> {
    Fail(Some(err), PhantomData)
}

impl<T> Future for Fail<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        in_race(|frame| {
            let handed = self.0.take().map(Handed::Fail);
            frame.with_extra(|extra| extra.handed = handed);
        });
        Poll::Pending
    }
}

/// The error of a value that the context lacks; it originates in the annotated fn.
///
/// # Panics
///
/// Outside of the prologue of an annotated fn.
pub fn missing<K: Key>() -> Error {
    in_race(|frame| {
        let site = frame.site.as_ref().expect("the race of an annotated fn");
        Error::missing(K::NAME, site.location())
    })
}

/// See [`narrow`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Narrow<'c> {
    ctx: &'c Ctx,
    after: Duration,
    handed: bool,
}

/// The context, narrowed by a timeout, under which the body goes on; never, if that is over at once.
pub fn narrow(ctx: &Ctx, after: Duration) -> Narrow<'_> {
    Narrow {
        ctx,
        after,
        handed: false,
    }
}

impl Future for Narrow<'_> {
    type Output = Ctx;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Ctx> {
        in_race(|frame| {
            if self.handed {
                // The race polls on at once, under what it was handed.
                return Poll::Ready(frame.ctx.clone());
            }
            self.handed = true;
            let origin = frame
                .site
                .as_ref()
                .map_or(Location::caller(), |site| site.location());
            let narrow = self.ctx.timeout_from(self.after, None, origin);
            frame.with_extra(|extra| extra.handed = Some(Handed::Narrow(narrow)));
            Poll::Pending
        })
    }
}

/// See [`entered`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Entered(());

/// A clone of the race's context.
pub fn entered() -> Entered {
    Entered(())
}

impl Future for Entered {
    type Output = Ctx;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Ctx> {
        Poll::Ready(in_race(|frame| frame.ctx.clone()))
    }
}

/// Gives the race its grace.
pub fn grace(span: Duration) {
    let say = |extra: &mut Extra| extra.graces.get_or_insert_default().span = Some(span);
    in_race(|frame| frame.with_extra(say));
}
