//! The poll stack: which contexts' bodies are being polled on this thread right now.
//!
//! While a race polls its body, a [`Frame`] for it lies on the machine's stack and is reachable
//! through a thread-local pointer. That one mechanism serves `Ctx::current`, the trace of an
//! error, a callee's grace, and the sharing of registrations.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::task::Waker;

use crate::ctx::Ctx;
use crate::error::Error;
use crate::grace::Graces;
use crate::race::Site;
use crate::registration::Hold;
use crate::timer::Timer;
use crate::tree::NodeRef;
use crate::waker::wake;

/// One body that is being polled.
pub(crate) struct Frame<'a> {
    pub(crate) ctx: &'a Ctx,
    pub(crate) waker: &'a Waker,
    /// By reference as it is: to look into it is for who wants the site.
    pub(crate) site: &'a Option<Site>,
    /// What its race holds; none of a frame that only says which context is current.
    pub(crate) hold: Option<Hold<'a>>,
    /// In this poll, something within the body has left it to this race to be woken.
    pub(crate) left: Cell<bool>,
    below: Cell<Option<NonNull<Frame<'a>>>>,
    /// The lowest frame of the unbroken run of races that this one belongs to, if not itself.
    lowest: Cell<Option<NonNull<Frame<'a>>>>,
}

/// What few races have.
#[derive(Default)]
pub(crate) struct Extra {
    /// What the body's prologue hands to its race.
    pub(crate) handed: Option<Handed>,
    /// The graces that the race has to do with. Boxed: most have a timer alone.
    pub(crate) graces: Option<Box<Graces>>,
    pub(crate) timer: Timer,
}

impl Extra {
    /// Whether there is more than a timer.
    #[inline]
    pub(crate) fn has_news(&self) -> bool {
        self.handed.is_some() || self.graces.is_some()
    }
}

/// What a prologue hands over.
pub(crate) enum Handed {
    /// The call fails; the body is not to go on.
    Fail(Error),
    /// The body is polled on at once, under the context that its scope has now.
    Again,
}

type Top = Cell<Option<NonNull<Frame<'static>>>>;

#[cfg(not(ctx_loom))]
thread_local! {
    static TOP: Top = const { Cell::new(None) };
}

#[cfg(ctx_loom)]
loom::thread_local! {
    static TOP: Top = Cell::new(None);
}

impl<'a> Frame<'a> {
    #[inline]
    pub(crate) fn new(
        ctx: &'a Ctx,
        waker: &'a Waker,
        site: &'a Option<Site>,
        hold: Option<Hold<'a>>,
    ) -> Frame<'a> {
        Frame {
            ctx,
            waker,
            site,
            hold,
            left: Cell::new(false),
            below: Cell::new(None),
            lowest: Cell::new(None),
        }
    }

    /// Runs `f` with this frame on top.
    #[inline]
    pub(crate) fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        let _on_top = self.push();
        f()
    }

    /// Puts this frame on top, until what is returned is dropped.
    #[inline]
    pub(crate) fn push(&self) -> OnTop<'_, 'a> {
        let below = TOP.with(|top| top.replace(Some(NonNull::from(self).cast())));
        self.below.set(below.map(NonNull::cast));
        // SAFETY: a lower frame outlives the polls of those above it.
        let below = self.below.get().map(|below| unsafe { below.as_ref() });
        let server = below.filter(|below| below.serves(self.ctx.node(), self.waker));
        self.lowest
            .set(server.map(|below| NonNull::from(below.lowest().unwrap_or(below))));
        OnTop(self)
    }

    #[inline]
    fn pop(&self) {
        TOP.with(|top| top.set(self.below.get().map(NonNull::cast)));
    }

    /// Has `f` look at what few races have.
    pub(crate) fn with_extra<R>(&self, f: impl FnOnce(&mut Extra) -> R) -> Option<R> {
        let place = self.hold?.extra;
        let mut extra = place.take().unwrap_or_default();
        let result = f(&mut extra);
        place.set(Some(extra));
        Some(result)
    }

    /// Sees to those who have left it to this race, and is off the count of the one that it has left it to.
    #[inline(never)]
    fn give_up(&self, hold: Hold<'_>) {
        hold.ends(self.ctx.node(), self.waker);
        hold.leaves(self.lowest());
    }

    /// Whether this is the frame of a race that has the same context and waker.
    #[inline]
    fn serves(&self, node: Option<&NodeRef>, waker: &Waker) -> bool {
        let same = match (self.ctx.node(), node) {
            (Some(mine), Some(theirs)) => mine.ptr_eq(theirs),
            _ => false,
        };
        same && self.hold.is_some() && self.waker.will_wake(waker)
    }

    /// The lowest of the races with the same context and waker, one directly inside the other, that this one is
    /// within.
    #[inline]
    pub(crate) fn lowest(&self) -> Option<&Frame<'a>> {
        // SAFETY: as in `push`.
        self.lowest.get().map(|lowest| unsafe { lowest.as_ref() })
    }
}

/// A frame on top.
pub(crate) struct OnTop<'f, 'a>(&'f Frame<'a>);

impl<'f, 'a> OnTop<'f, 'a> {
    /// Takes the frame off.
    #[inline]
    pub(crate) fn leave(self) -> &'f Frame<'a> {
        let this = ManuallyDrop::new(self);
        this.0.pop();
        this.0
    }

    /// Takes the frame off, of a race that ends.
    #[inline]
    pub(crate) fn ready(self) {
        let frame = self.leave();
        let has_to_do = |hold: &Hold<'_>| frame.lowest.get().is_some() || hold.serves_others();
        if let Some(hold) = frame.hold.filter(has_to_do) {
            frame.give_up(hold);
        }
    }
}

impl Drop for OnTop<'_, '_> {
    fn drop(&mut self) {
        self.0.pop();
        // The race has no say any more, and will not register.
        if self.0.left.get() && std::thread::panicking() {
            wake(self.0.waker.clone());
        }
    }
}

/// [`Frame::lowest`] for a future without a frame that is polled now.
pub(crate) fn with_lowest<R>(
    node: &NodeRef,
    waker: &Waker,
    f: impl FnOnce(Option<&Frame<'_>>) -> R,
) -> R {
    with_top(|top| {
        let top = top.filter(|top| top.serves(Some(node), waker));
        f(top.map(|top| top.lowest().unwrap_or(top)))
    })
}

/// The frame on top.
#[inline]
pub(crate) fn with_top<R>(f: impl FnOnce(Option<&Frame<'_>>) -> R) -> R {
    // SAFETY: a frame is popped before it goes, and `f` cannot keep the reference.
    f(TOP.with(Cell::get).map(|top| unsafe { &*top.as_ptr() }))
}

/// Calls `f` with every frame, innermost first.
pub(crate) fn each(mut f: impl FnMut(&Frame<'_>)) {
    let mut next = TOP.with(Cell::get);
    while let Some(frame) = next {
        // SAFETY: all frames are on this thread's stack, below the call.
        let frame = unsafe { frame.as_ref() };
        f(frame);
        next = frame.below.get();
    }
}
