//! A body raced against its context: what `Run` and every annotated fn come down to.
//!
//! The order, on each poll: the body first, so that a result that is ready is never thrown away,
//! then a look at the context. On the first poll there is a look before, too. A race that is cut
//! off drops its body before it makes its result.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::clock;
use crate::ctx::{BACKGROUND, Ctx};
use crate::error::{Error, Frame as TraceFrame};
use crate::interruptible::Interruptible;
use crate::key::Key;
use crate::registration::{Held, Hold, Waiting};
use crate::stack::{self, Extra, Frame, Handed};
use crate::tree::NodeRef;

/// Name and place of an annotated fn.
#[derive(Debug)]
pub struct Site(TraceFrame);

/// The site of the fn whose name this is, at the place of the call.
#[track_caller]
pub const fn site(name: &'static str) -> Site {
    Site(TraceFrame::new(name, Location::caller()))
}

/// Where a race has its context from.
pub trait Source {
    /// What the race holds.
    type Held: Held;

    /// Goes into the race.
    fn hold(self) -> Self::Held;
}

impl<'c> Source for &'c Ctx {
    type Held = &'c Ctx;

    fn hold(self) -> &'c Ctx {
        self
    }
}

impl Source for Ctx {
    type Held = Ctx;

    fn hold(self) -> Ctx {
        self
    }
}

/// The context whose body is being polled when the race is polled first; else background.
#[derive(Debug)]
pub struct Current;

/// See [`Current`].
#[derive(Debug)]
pub struct HeldCurrent(Option<Ctx>);

impl Source for Current {
    type Held = HeldCurrent;

    fn hold(self) -> HeldCurrent {
        HeldCurrent(None)
    }
}

impl Held for HeldCurrent {
    fn start(&mut self) {
        self.0 = Ctx::current();
    }

    fn ctx(&self) -> &Ctx {
        self.0.as_ref().unwrap_or(&BACKGROUND)
    }
}

/// What the body of a race goes on under.
#[derive(Debug)]
pub struct Narrowed<H> {
    held: H,
    /// If not that. Boxed: few have one.
    narrow: Option<Box<Ctx>>,
}

impl<H: Held> Held for Narrowed<H> {
    fn start(&mut self) {
        self.held.start();
    }

    #[inline]
    fn ctx(&self) -> &Ctx {
        match &self.narrow {
            Some(narrow) => narrow,
            None => self.held.ctx(),
        }
    }
}

/// What a race makes of its body's output, or of being cut off.
pub trait CutOff<T> {
    /// The output of the race.
    type Output;

    /// The body has ended.
    fn ready(output: T) -> Self::Output;

    /// The body was cut off, and is dropped.
    fn cut(self, err: Error) -> Self::Output;
}

/// Cut off, the race is what [`Interruptible`] says.
#[derive(Debug)]
pub struct Interrupt;

impl<T: Interruptible> CutOff<T> for Interrupt {
    type Output = T;

    fn ready(output: T) -> T {
        output
    }

    fn cut(self, err: Error) -> T {
        T::interrupted(err)
    }
}

/// Cut off, the race is what the closure says.
pub struct Or<F>(pub F);

impl<F> fmt::Debug for Or<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Or")
    }
}

impl<T, F: FnOnce(Error) -> T> CutOff<T> for Or<F> {
    type Output = T;

    fn ready(output: T) -> T {
        output
    }

    fn cut(self, err: Error) -> T {
        (self.0)(err)
    }
}

/// Cut off, the race is an `Err`.
#[derive(Debug)]
pub(crate) struct AsResult;

impl<T> CutOff<T> for AsResult {
    type Output = Result<T, Error>;

    fn ready(output: T) -> Self::Output {
        Ok(output)
    }

    fn cut(self, err: Error) -> Self::Output {
        Err(err)
    }
}

pin_project! {
    /// The future of an annotated fn. An enum, so that the body is one step away for whoever has
    /// to prove that the whole is `Send`, and can be dropped in place.
    #[doc(hidden)]
    #[project = Project]
    #[project_replace = Replace]
    #[must_use = "futures do nothing unless polled"]
    pub enum Race<H: Held, C, B> {
        /// Not ended yet.
        Running {
            // The context that it was given, and what lasts between polls.
            waiting: Waiting<Narrowed<H>>,
            // Of the annotated fn.
            site: Option<&'static Site>,
            // What to be when cut off.
            cut: C,
            // The body.
            #[pin]
            body: B,
        },
        /// Ended; the body is dropped.
        Finished,
    }
}

impl<H: Held, C, B> fmt::Debug for Race<H, C, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Race::Running { .. } => "Race(running)",
            Race::Finished => "Race(finished)",
        })
    }
}

/// Races `body`; `site` is that of the annotated fn, if it is one.
pub(crate) fn unnamed<H: Held, C, B>(
    held: H,
    site: Option<&'static Site>,
    cut: C,
    body: B,
) -> Race<H, C, B> {
    Race::Running {
        waiting: Waiting::new(Narrowed { held, narrow: None }),
        site,
        cut,
        body,
    }
}

impl<H, C, B> Future for Race<H, C, B>
where
    H: Held,
    B: Future,
    C: CutOff<B::Output>,
{
    type Output = C::Output;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Project::Running {
            waiting,
            site,
            mut body,
            ..
        } = self.as_mut().project()
        else {
            panic!("a future raced against its context was polled after completion");
        };
        let site = *site;
        if waiting.starts()
            && let Some(err) = waiting.ctx().err()
        {
            let err = cut_off(err, site, false);
            return Poll::Ready(self.cut(err));
        }
        let err = loop {
            let (ctx, hold) = waiting.split();
            let frame = Frame::new(ctx, cx.waker(), site, Some(hold));
            let step = match frame.enter(|| body.as_mut().poll(cx)) {
                Poll::Ready(output) => Step::Ready(output),
                Poll::Pending => after_pending(&frame, hold),
            };
            match step {
                Step::Pending => return Poll::Pending,
                Step::Ready(output) => {
                    waiting.ends(cx.waker());
                    self.set(Race::Finished);
                    return Poll::Ready(C::ready(output));
                }
                Step::Cut(err) => break err,
                Step::Narrow(ctx) => match ctx.err() {
                    Some(err) => break err,
                    None => waiting.held_mut().narrow = Some(Box::new(ctx)),
                },
            }
        };
        waiting.ends(cx.waker());
        let err = cut_off(err, site, true);
        Poll::Ready(self.cut(err))
    }
}

impl<H: Held, C, B> Race<H, C, B> {
    /// Drops the body, then makes the output.
    fn cut(self: Pin<&mut Self>, err: Error) -> C::Output
    where
        B: Future,
        C: CutOff<B::Output>,
    {
        match self.project_replace(Race::Finished) {
            Replace::Running { cut, .. } => cut.cut(err),
            Replace::Finished => unreachable!("only a running race is cut off"),
        }
    }
}

/// How a poll of the body went.
enum Step<T> {
    Ready(T),
    Pending,
    /// The body asks to go on under this context.
    Narrow(Ctx),
    Cut(Error),
}

/// Sees to it that the race is woken when its context is done, unless it is over.
#[inline]
fn after_pending<T>(frame: &Frame<'_>, hold: Hold<'_>) -> Step<T> {
    let node = frame.ctx.node();
    if let Some(extra) = hold.extra.take() {
        match take_up(hold, node, extra) {
            Some(Handed::Fail(err)) => return Step::Cut(err),
            Some(Handed::Narrow(ctx)) => return Step::Narrow(ctx),
            None => {}
        }
    }
    let Some(node) = node else {
        return Step::Pending;
    };
    // Who has left it to this race in this poll has read the clock, too.
    let lowest = frame.lowest();
    let timely = lowest.unwrap_or(frame).left.get();
    let over = node.is_over(timely, clock::now);
    if over || hold.ensure(node, frame.waker, lowest).is_err() {
        return when_done(frame, hold);
    }
    Step::Pending
}

/// What the prologue handed over; if nothing, the races around this one are told that they may have to
/// wait for it.
#[cold]
fn take_up(hold: Hold<'_>, node: Option<&NodeRef>, mut extra: Box<Extra>) -> Option<Handed> {
    let handed = extra.handed.take();
    if let (None, Some(node)) = (&handed, node) {
        extra.graces.take_up(node);
        if extra.graces.has_own() {
            stack::each(|outer| {
                outer.with_extra(|outer| extra.graces.announce_to(&mut outer.graces));
            });
        }
    }
    hold.extra.set(Some(extra));
    handed
}

/// Cut off, unless this call or one within its body is in a grace that has begun.
#[cold]
fn when_done<T>(frame: &Frame<'_>, hold: Hold<'_>) -> Step<T> {
    let next = frame.with_extra(|extra| extra.graces.next_end()).flatten();
    match next {
        Some(end) => {
            hold.wake_at(end, frame.waker);
            if frame.left.get() {
                // It was not done yet when that looked.
                frame.waker.wake_by_ref();
            }
            Step::Pending
        }
        None => frame.ctx.err().map_or(Step::Pending, Step::Cut),
    }
}

/// The error with what it cuts off: the fn of this race, and those that called it.
#[cold]
fn cut_off(err: Error, site: Option<&'static Site>, started: bool) -> Error {
    let mut trace = Vec::new();
    trace.extend(site.map(|site| site.0));
    stack::each(|frame| trace.extend(frame.site.map(|site| site.0)));
    err.cutting_off(trace.into(), clock::now(), started)
}

// What the prologue of a body calls. The frame on top is that of its race.

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
        let site = frame.site.expect("the race of an annotated fn");
        Error::missing(K::NAME, site.0.location())
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
                .map_or(Location::caller(), |site| site.0.location());
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
    in_race(|frame| frame.with_extra(|extra| extra.graces.span = Some(span)));
}
