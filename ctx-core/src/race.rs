//! A body raced against its context: what `Run` and every annotated fn come down to.
//!
//! The order, on each poll: the body first, so that a result that is ready is never thrown away,
//! then a look at the context. On the first poll there is a look before, too. A race that is cut
//! off drops its body before it makes its result.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::clock;
use crate::ctx::Ctx;
use crate::cut_off::{CutOff, Interrupt};
use crate::error::{Error, Frame as TraceFrame};
use crate::interruptible::Interruptible;
use crate::pool::Pooled;
use crate::registration::{Hold, Waiting};
use crate::source::Held;
use crate::stack::{self, Extra, Frame, Handed, OnTop};
use crate::tree::NodeRef;

/// Name and place of an annotated fn.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// One word in place of the two of a `&str`: each level has one.
    name: &'static &'static str,
    location: &'static Location<'static>,
}

impl Site {
    /// The site of the fn whose name this is, at the place of the call.
    #[track_caller]
    pub(crate) const fn here(name: &'static &'static str) -> Site {
        let location = Location::caller();
        Site { name, location }
    }

    pub(crate) fn location(&self) -> &'static Location<'static> {
        self.location
    }

    fn frame(&self) -> TraceFrame {
        TraceFrame::new(self.name, self.location)
    }
}

/// What a race holds in order to know the site of its fn.
pub trait Sited {
    /// The site, if it is the race of an annotated fn.
    fn site(&self) -> &Option<Site>;
}

impl Sited for Option<Site> {
    #[inline]
    fn site(&self) -> &Option<Site> {
        self
    }
}

/// Takes no room.
impl<F: Fn() -> &'static Option<Site>> Sited for F {
    #[inline]
    fn site(&self) -> &Option<Site> {
        self()
    }
}

/// What the race of no annotated fn holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unsited;

impl Sited for Unsited {
    #[inline]
    fn site(&self) -> &Option<Site> {
        &None
    }
}

pin_project! {
    /// The future of an annotated fn. An enum, so that the body is one step away for whoever has
    /// to prove that the whole is `Send`, and can be dropped in place.
    #[doc(hidden)]
    #[project = Project]
    #[project_replace = Owned]
    #[must_use = "futures do nothing unless polled"]
    pub enum Race<R, B> {
        /// Not ended yet.
        Running {
            // `Racing`, or `Usual`.
            racing: R,
            // The body.
            #[pin]
            body: B,
        },
        /// Ended; the body is dropped.
        Finished,
    }
}

/// What a race has beside its body.
#[derive(Debug)]
pub struct Racing<H: Held, C, S> {
    /// The context that it was given, and what lasts between polls.
    pub waiting: Waiting<H>,
    /// Of the annotated fn.
    pub site: S,
    /// What to be when cut off.
    pub cut: C,
}

/// What a race may have beside its body.
pub trait Sides: Sized {
    /// What it holds of its context.
    type Held: Held;
    /// What to be when cut off.
    type Cut;
    /// Of the annotated fn.
    type Site: Sited;

    /// All of it.
    fn racing(&mut self) -> &mut Racing<Self::Held, Self::Cut, Self::Site>;

    /// Ends a race, which drops its body.
    fn end<B>(race: Pin<&mut Race<Self, B>>) -> Self::Cut;
}

impl<H: Held, C, S: Sited> Sides for Racing<H, C, S> {
    type Held = H;
    type Cut = C;
    type Site = S;

    #[inline]
    fn racing(&mut self) -> &mut Racing<H, C, S> {
        self
    }

    fn end<B>(race: Pin<&mut Race<Self, B>>) -> C {
        match race.project_replace(Race::Finished) {
            Owned::Running { racing, .. } => racing.cut,
            Owned::Finished => polled_after_completion(),
        }
    }
}

/// What most annotated fns have beside their body. A type of its own, because of which the compiler has little to prove
/// of their futures.
#[derive(Debug)]
pub struct Usual<'c>(Racing<&'c Ctx, Interrupt, Option<Site>>);

impl<'c> Usual<'c> {
    pub(crate) fn new(ctx: &'c Ctx, site: Site) -> Usual<'c> {
        Usual(Racing::new(ctx, Some(site), Interrupt))
    }
}

impl<'c> Sides for Usual<'c> {
    type Held = &'c Ctx;
    type Cut = Interrupt;
    type Site = Option<Site>;

    #[inline]
    fn racing(&mut self) -> &mut Racing<&'c Ctx, Interrupt, Option<Site>> {
        &mut self.0
    }

    fn end<B>(race: Pin<&mut Race<Self, B>>) -> Interrupt {
        race.finish();
        Interrupt
    }
}

impl<R, B> fmt::Debug for Race<R, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Race::Running { .. } => "Race(running)",
            Race::Finished => "Race(finished)",
        })
    }
}

/// Races `body`.
pub(crate) fn race<H: Held, C, S, B>(
    held: H,
    site: S,
    cut: C,
    body: B,
) -> Race<Racing<H, C, S>, B> {
    let racing = Racing::new(held, site, cut);
    Race::Running { racing, body }
}

impl<H: Held, C, S> Racing<H, C, S> {
    fn new(held: H, site: S, cut: C) -> Racing<H, C, S> {
        let waiting = Waiting::new(held);
        Racing { waiting, site, cut }
    }
}

impl<H, C, S, B> Future for Race<Racing<H, C, S>, B>
where
    H: Held,
    B: Future,
    C: CutOff<B::Output>,
    S: Sited,
{
    type Output = C::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.go_on(cx)
    }
}

impl<B> Future for Race<Usual<'_>, B>
where
    B: Future,
    B::Output: Interruptible,
{
    type Output = B::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.go_on(cx)
    }
}

impl<R: Sides, B> Race<R, B> {
    /// Polls it.
    fn go_on(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<<R::Cut as CutOff<B::Output>>::Output>
    where
        B: Future,
        R::Cut: CutOff<B::Output>,
    {
        let Project::Running { racing, body } = self.as_mut().project() else {
            polled_after_completion();
        };
        let racing = racing.racing();
        if racing.waiting.starts()
            && let Some(err) = done_at_start(&racing.waiting, racing.site.site())
        {
            return Poll::Ready(self.cut::<B::Output>(err));
        }
        let (ctx, hold) = racing.waiting.split();
        let frame = Frame::new(ctx, cx.waker(), racing.site.site(), Some(hold));
        let on_top = frame.push();
        if let Poll::Ready(output) = body.poll(cx) {
            on_top.ready();
            self.finish();
            return Poll::Ready(R::Cut::ready(output));
        }
        match after_pending(on_top) {
            Step::Pending => Poll::Pending,
            Step::Again => self.go_on(cx),
            Step::Cut(err) => Poll::Ready(self.cut::<B::Output>(err)),
        }
    }

    /// Drops the body.
    fn finish(mut self: Pin<&mut Self>) {
        self.set(Race::Finished);
    }

    /// The output of a race that is cut off. Its body is dropped first.
    #[cold]
    fn cut<T>(self: Pin<&mut Self>, err: Error) -> <R::Cut as CutOff<T>>::Output
    where
        R::Cut: CutOff<T>,
    {
        R::end(self).cut(err)
    }
}

// What does not depend on the type of a body is in functions of its own: it is compiled once, and not for every
// annotated fn.

#[cold]
fn polled_after_completion() -> ! {
    panic!("a future raced against its context was polled after completion");
}

/// Why the body is not to start.
fn done_at_start<H: Held>(waiting: &Waiting<H>, site: &Option<Site>) -> Option<Error> {
    let err = waiting.ctx().err()?;
    Some(cut_off(err, site, false))
}

/// How a poll of a body went that did not end.
enum Step {
    Pending,
    /// The body is polled on at once, under another context.
    Again,
    Cut(Error),
}

/// Sees to it that the race is woken when its context is done, unless it is over.
#[inline]
fn after_pending(on_top: OnTop<'_, '_>) -> Step {
    let frame = on_top.leave();
    if is_seen_to(frame) {
        return Step::Pending;
    }
    wait(frame)
}

/// Whether nothing has happened, and it is registered already, or left to another: what nearly every poll finds that is not
/// the first, or is within another.
#[inline]
fn is_seen_to(frame: &Frame<'_>) -> bool {
    let (Some(hold), Some(node)) = (frame.hold, frame.ctx.node()) else {
        return frame.hold.is_none();
    };
    // Who has left it to the lowest in this poll has read the clock.
    let is_timely = || frame.lowest().is_some_and(|lowest| lowest.left.get());
    let stands = |hold: Hold<'_>| {
        hold.stands(node, frame.waker)
            || (node.is_untouched() || is_timely() && node.is_untouched_but_by_time())
                && hold.leave_to_lowest(node, frame.lowest())
    };
    !hold.has_extra(|_| true) && stands(hold)
}

/// What is left: something was handed over, nothing is registered yet, or the context may be done.
#[inline(never)]
fn wait(frame: &Frame<'_>) -> Step {
    let Some(hold) = frame.hold else {
        return Step::Pending;
    };
    let node = frame.ctx.node();
    if hold.has_extra(Extra::has_news)
        && let Some(extra) = hold.extra.take()
        && let Some(step) = take_up(hold, node, extra)
    {
        return cut_if(frame, hold, step);
    }
    let Some(node) = node else {
        return Step::Pending;
    };
    if hold.stands(node, frame.waker) {
        return Step::Pending;
    }
    // Who has left it to this race in this poll has read the clock, too.
    let lowest = frame.lowest();
    let timely = lowest.unwrap_or(frame).left.get();
    let over = node.is_over(timely);
    if over || hold.ensure(node, frame.waker, lowest).is_err() {
        return cut_if(frame, hold, when_done(frame, hold));
    }
    Step::Pending
}

#[cold]
#[inline(never)]
fn cut_if(frame: &Frame<'_>, hold: Hold<'_>, step: Step) -> Step {
    match step {
        Step::Cut(err) => {
            hold.ends(frame.ctx.node(), frame.waker);
            Step::Cut(cut_off(err, frame.site, true))
        }
        step => step,
    }
}

/// Looks at what the prologue handed over; if nothing, the races around this one are told that they may have to wait
/// for it, and the poll goes on.
#[cold]
#[inline(never)]
fn take_up(hold: Hold<'_>, node: Option<&NodeRef>, mut extra: Pooled<Extra>) -> Option<Step> {
    let step = match extra.handed.take() {
        Some(Handed::Fail(err)) => Some(Step::Cut(err)),
        Some(Handed::Again) => Some(Step::Again),
        None => None,
    };
    if let (None, Some(node), Some(graces)) = (&step, node, &mut extra.graces) {
        graces.take_up(node);
        if graces.has_own() {
            stack::each(|outer| {
                outer.with_extra(|outer| graces.announce_to(outer.graces.get_or_insert_default()));
            });
        }
    }
    hold.extra.set(Some(extra));
    step
}

/// Cut off, unless this call or one within its body is in a grace that has begun.
#[cold]
#[inline(never)]
fn when_done(frame: &Frame<'_>, hold: Hold<'_>) -> Step {
    let next_end = |extra: &mut Extra| extra.graces.as_ref()?.next_end();
    let next = frame.with_extra(next_end).flatten();
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
fn cut_off(err: Error, site: &Option<Site>, started: bool) -> Error {
    let mut trace = Vec::new();
    trace.extend(site.as_ref().map(Site::frame));
    stack::each(|frame| trace.extend(frame.site.as_ref().map(Site::frame)));
    err.cutting_off(trace.into(), clock::now(), started)
}
