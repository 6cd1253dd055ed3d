//! The poll stack: which contexts' bodies are being polled on this thread right now.
//!
//! While a race polls its body, a [`Frame`] for it lies on the machine's stack and is reachable
//! through a thread-local pointer. That one mechanism serves `Ctx::current`, the trace of an
//! error, a callee's grace, and the sharing of registrations.

use std::cell::Cell;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;
use std::task::Waker;

use crate::ctx::Ctx;
use crate::error::Error;
use crate::grace::Graces;
use crate::race::Site;
use crate::registration::Registration;
use crate::tree::NodeRef;

/// One body that is being polled.
pub(crate) struct Frame<'a> {
    pub(crate) ctx: &'a Ctx,
    pub(crate) waker: &'a Waker,
    pub(crate) site: Option<&'static Site>,
    /// False for a frame that only says which context is current.
    pub(crate) races: bool,
    /// The registration of this frame: a part of its future, as is what few of them have. So nothing is
    /// moved in and out on each poll.
    pub(crate) registration: &'a Cell<Option<Arc<Registration>>>,
    pub(crate) extra: &'a Cell<Option<Box<Extra>>>,
    below: Cell<Option<NonNull<Frame<'a>>>>,
    /// The lowest frame of the unbroken run that this one belongs to, if not itself.
    lowest: Cell<Option<NonNull<Frame<'a>>>>,
}

/// What a race keeps between polls, and its frame refers to.
#[derive(Default)]
pub struct Hold {
    registration: Option<Arc<Registration>>,
    extra: Option<Box<Extra>>,
}

/// What few races have.
#[derive(Default)]
pub(crate) struct Extra {
    /// What the body's prologue hands to its race.
    pub(crate) handed: Option<Handed>,
    /// The graces that the race has to do with.
    pub(crate) graces: Graces,
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").finish_non_exhaustive()
    }
}

/// What a prologue hands over.
pub(crate) enum Handed {
    /// The call fails; the body is not to go on.
    Fail(Error),
    /// The body goes on under this context.
    Narrow(Ctx),
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
        site: Option<&'static Site>,
        races: bool,
        hold: &'a mut Hold,
    ) -> Frame<'a> {
        Frame {
            ctx,
            waker,
            site,
            races,
            registration: Cell::from_mut(&mut hold.registration),
            extra: Cell::from_mut(&mut hold.extra),
            below: Cell::new(None),
            lowest: Cell::new(None),
        }
    }

    /// Runs `f` with this frame on top.
    #[inline]
    pub(crate) fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        struct Pop(Option<NonNull<Frame<'static>>>);
        impl Drop for Pop {
            #[inline]
            fn drop(&mut self) {
                TOP.with(|top| top.set(self.0));
            }
        }
        let below = TOP.with(Cell::get);
        self.below.set(below.map(NonNull::cast));
        // SAFETY: the frame below stays where it is until this one is popped.
        let shared = below.and_then(|below| unsafe { below.as_ref() }.shared_by(self));
        self.lowest.set(shared.map(NonNull::cast));
        let _pop = Pop(below);
        TOP.with(|top| top.set(Some(NonNull::from(self).cast())));
        f()
    }

    /// Has `f` look at what few frames have.
    pub(crate) fn with_extra<R>(&self, f: impl FnOnce(&mut Extra) -> R) -> R {
        let mut extra = self.extra.take().unwrap_or_default();
        let result = f(&mut extra);
        self.extra.set(Some(extra));
        result
    }

    /// The frame whose registration serves `above` too, if this one is directly below it.
    #[inline]
    fn shared_by(&self, above: &Frame<'_>) -> Option<NonNull<Frame<'a>>> {
        if !self.serves(above.ctx.node(), above.waker) {
            return None;
        }
        Some(self.lowest.get().unwrap_or(NonNull::from(self)))
    }

    #[inline]
    fn serves(&self, node: Option<&NodeRef>, waker: &Waker) -> bool {
        let same = match (self.ctx.node(), node) {
            (Some(mine), Some(theirs)) => mine.ptr_eq(theirs),
            _ => false,
        };
        self.races && same && self.waker.will_wake(waker)
    }

    /// The frame that registers for this one.
    #[inline]
    pub(crate) fn registrar(&self) -> &Frame<'a> {
        match self.lowest.get() {
            // SAFETY: a lower frame outlives the polls of those above it.
            Some(lowest) => unsafe { lowest.as_ref() },
            None => self,
        }
    }
}

/// The frame that may register for a future that is polled now, under `node` and with `waker`.
pub(crate) fn with_registrar<R>(
    node: &NodeRef,
    waker: &Waker,
    f: impl FnOnce(Option<&Frame<'_>>) -> R,
) -> R {
    with_top(|top| {
        f(top
            .filter(|top| top.serves(Some(node), waker))
            .map(Frame::registrar))
    })
}

/// The frame on top.
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
