//! How a future that waits for a context sees to it that it is woken.
//!
//! The rule: *whoever returns `Pending` has its waker registered, or has left it to another.* A
//! future that is polled directly inside a race with the same context and waker leaves it to the
//! outermost of such races, which registers when it returns `Pending` itself. So a nest of annotated
//! calls has one registration.
//!
//! That race counts what was left to it. If it ends, or changes its waker, while the count is not
//! zero, it wakes the waker that it had, and the one of the poll in which it ends: whoever is still there is
//! polled again then, and looks for another. Only who shows the number of a count takes itself off, and no number is used twice: a
//! count may be too high, which costs one wake-up in vain, but never too low.

use std::cell::Cell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;

use crate::ctx::Ctx;
use crate::moment::Moment;
use crate::pool::Pooled;
use crate::source::Held;
use crate::stack::{self, Extra, Frame};
use crate::tree::{AlreadyDone, Node, NodeRef};
use crate::waker::{WakerId, wake};

/// What a future waits for, and what it holds between polls.
pub struct Waiting<H: Held> {
    held: H,
    registration: Registration,
    /// Dropped by hand, so that what nearly every race finds, nothing, is one look.
    extra: ManuallyDrop<Option<Pooled<Extra>>>,
}

/// Plain data; [`Hold::release`] lets go of what it stands for.
#[derive(Clone, Copy)]
pub(crate) struct Registration {
    /// The waker that is registered, which the node's list keeps alive, or the number of the count
    /// that it is in.
    by: WakerId,
    /// Of the count below.
    number: u64,
    /// Of the waker, in the node's list.
    key: u32,
    /// How many have left it to this one. It saturates, and stays there.
    left: u16,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Its future was never polled.
    New,
    Nothing,
    Registered,
    Left,
}

/// What a future holds, while it is polled: frames above may have to do with it.
#[derive(Clone, Copy)]
pub(crate) struct Hold<'a> {
    registration: &'a Cell<Registration>,
    pub(crate) extra: &'a Cell<Option<Pooled<Extra>>>,
}

impl<H: Held> Waiting<H> {
    #[inline]
    pub(crate) fn new(held: H) -> Self {
        Waiting {
            held,
            registration: Registration::NEW,
            extra: ManuallyDrop::new(None),
        }
    }

    #[inline]
    pub(crate) fn ctx(&self) -> &Ctx {
        self.held.ctx()
    }

    /// The context, and the parts that change.
    #[inline]
    pub(crate) fn split(&mut self) -> (&Ctx, Hold<'_>) {
        let hold = Hold {
            registration: Cell::from_mut(&mut self.registration),
            extra: Cell::from_mut(&mut self.extra),
        };
        (self.held.ctx(), hold)
    }

    /// Whether this is the first poll.
    #[inline]
    pub(crate) fn starts(&mut self) -> bool {
        let new = self.registration.state == State::New;
        if new {
            self.registration.state = State::Nothing;
            self.held.start();
        }
        new
    }

    /// Sees to it that a future without a frame is woken.
    #[inline]
    pub(crate) fn ensure(&mut self, waker: &Waker) -> Result<(), AlreadyDone> {
        let (ctx, hold) = self.split();
        let Some(node) = ctx.node() else {
            return Ok(());
        };
        if hold.stands(node, waker) {
            return Ok(());
        }
        stack::with_lowest(node, waker, |lowest| hold.ensure(node, waker, lowest))
    }

    /// Nothing is waited for any more.
    #[inline]
    pub(crate) fn end(&mut self) {
        let is_idle = matches!(self.registration.state, State::New | State::Nothing);
        if !is_idle || self.extra.is_some() {
            self.release_all();
        }
    }

    /// Apart, for it would be in each place where an annotated fn may end.
    #[inline(never)]
    fn release_all(&mut self) {
        match self.registration.state {
            State::New | State::Nothing => {}
            State::Registered => self.release(),
            State::Left => self.take_back(),
        }
        *self.extra = None;
    }

    #[inline]
    fn release(&mut self) {
        let (ctx, hold) = self.split();
        if let Some(node) = ctx.node() {
            hold.release(node);
        }
    }

    #[inline]
    fn take_back(&mut self) {
        self.registration.state = State::Nothing;
        if let Some(node) = self.held.ctx().node() {
            leave_count(self.registration.by, node);
        }
    }
}

impl<H: Held> Drop for Waiting<H> {
    #[inline]
    fn drop(&mut self) {
        self.end();
    }
}

impl<H: Held> fmt::Debug for Waiting<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").finish_non_exhaustive()
    }
}

impl Registration {
    const NEW: Registration = Registration {
        by: WakerId::NONE,
        number: 0,
        key: 0,
        left: 0,
        state: State::New,
    };

    /// Whether it is as it should be, and the context not done: what nearly every further poll finds.
    #[inline]
    fn stands(&self, node: &NodeRef, waker: &Waker) -> bool {
        self.state == State::Registered && self.by == WakerId::of(waker) && node.is_untouched()
    }
}

impl Hold<'_> {
    /// Its race ends in a poll with `waker`, after which it cannot be left to it to be woken.
    #[inline]
    pub(crate) fn ends(self, node: Option<&NodeRef>, waker: &Waker) {
        let this = self.registration.get();
        // If that is the waker in the list, it is woken when it leaves that; but not after a grace above has begun, which has
        // left its place empty.
        let is_in_list = this.state == State::Registered
            && this.by == WakerId::of(waker)
            && node.is_some_and(|node| !node.is_lowered());
        if this.left > 0 && !is_in_list {
            wake(waker.clone());
        }
    }

    /// Whether it is registered with no node, nor left to another.
    pub(crate) fn is_idle(self) -> bool {
        self.registration.get().state == State::Nothing
    }

    /// Whether others have left it to this one.
    #[inline]
    pub(crate) fn serves_others(self) -> bool {
        self.registration.get().left > 0
    }

    /// See [`Registration::stands`].
    #[inline]
    pub(crate) fn stands(self, node: &NodeRef, waker: &Waker) -> bool {
        self.registration.get().stands(node, waker)
    }

    /// Whether it has what few races have, and that `is` so.
    #[inline]
    pub(crate) fn has_extra(self, is: impl FnOnce(&Extra) -> bool) -> bool {
        let extra = self.extra.take();
        let has = extra.as_deref().is_some_and(is);
        self.extra.set(extra);
        has
    }

    /// Leaves it to `lowest`, if there is one, to be woken when `node` is done; whether there is.
    #[inline]
    pub(crate) fn leave_to_lowest(self, node: &NodeRef, lowest: Option<&Frame<'_>>) -> bool {
        let Some((lowest, outer)) = lowest.and_then(|lowest| Some((lowest, lowest.hold?))) else {
            return false;
        };
        lowest.left.set(true);
        if !self.is_left_to(outer) {
            self.leave_to(outer, node);
        }
        true
    }

    /// Sees to it that a future which returns `Pending` is woken when `node` is done. `lowest` is the
    /// frame to which it can be left.
    #[inline]
    pub(crate) fn ensure(
        self,
        node: &NodeRef,
        waker: &Waker,
        lowest: Option<&Frame<'_>>,
    ) -> Result<(), AlreadyDone> {
        if self.leave_to_lowest(node, lowest) {
            return Ok(());
        }
        self.register(node, waker)
    }

    /// Whether `outer` counts it already.
    #[inline]
    fn is_left_to(self, outer: Hold<'_>) -> bool {
        let (this, theirs) = (self.registration.get(), outer.registration.get());
        this.state == State::Left && theirs.left > 0 && this.by == WakerId::numbered(theirs.number)
    }

    #[inline(never)]
    fn leave_to(self, outer: Hold<'_>, node: &NodeRef) {
        if self.registration.get().state == State::Registered {
            self.release(node);
        }
        let left = outer.registration.get().left;
        let number = match left {
            0 => number(),
            _ => outer.registration.get().number,
        };
        outer.registration.set(Registration {
            number,
            left: left.saturating_add(1),
            ..outer.registration.get()
        });
        self.registration.set(Registration {
            by: WakerId::numbered(number),
            state: State::Left,
            ..self.registration.get()
        });
    }

    /// Takes itself off the count of `lowest`, if it is there, as its race ends within that one: sooner done here than when it
    /// is dropped.
    #[inline]
    pub(crate) fn leaves(self, lowest: Option<&Frame<'_>>) {
        if let Some(outer) = lowest.and_then(|lowest| lowest.hold)
            && self.is_left_to(outer)
        {
            outer.count_down(self.registration.get().by);
            self.registration.set(Registration {
                state: State::Nothing,
                ..self.registration.get()
            });
        }
    }

    /// Takes one off the count with this number, if that is this one's.
    #[inline]
    fn count_down(self, by: WakerId) {
        let this = self.registration.get();
        if WakerId::numbered(this.number) == by && this.left < u16::MAX {
            self.registration.set(Registration {
                left: this.left.saturating_sub(1),
                ..self.registration.get()
            });
        }
    }

    /// Registers `waker`, or sees to it that it is registered still.
    #[inline]
    fn register(self, node: &NodeRef, waker: &Waker) -> Result<(), AlreadyDone> {
        let this = self.registration.get();
        let timed = if this.state == State::Registered {
            if this.by != WakerId::of(waker) || node.is_lowered() {
                self.refresh(node, waker)?;
            }
            // After the waker is in the list: a moment that changes from now on wakes it.
            !node.moment().is_never() || node.is_lowered()
        } else {
            let registered = Node::register(node, waker)?;
            self.registered(registered.key, waker);
            registered.timed
        };
        if timed {
            self.wake_at(node.deadline(), waker);
        }
        Ok(())
    }

    #[inline(never)]
    fn refresh(self, node: &NodeRef, waker: &Waker) -> Result<(), AlreadyDone> {
        let this = self.registration.get();
        if this.by != WakerId::of(waker) {
            let old = node.replace(this.key, waker.clone())?;
            self.registered(this.key, waker);
            let_go(old, this.left);
        } else {
            // A grace above has begun, which woke the waker and left its place empty.
            drop(node.replace(this.key, waker.clone())?);
        }
        Ok(())
    }

    #[inline]
    fn registered(self, key: u32, waker: &Waker) {
        self.registration.set(Registration {
            by: WakerId::of(waker),
            key,
            state: State::Registered,
            ..self.registration.get()
        });
    }

    /// Takes itself out of the list that it is in.
    #[inline(never)]
    fn release(self, node: &NodeRef) {
        let this = self.registration.get();
        self.registration.set(Registration {
            state: State::Nothing,
            ..this
        });
        // SAFETY: the key is of this registration, which is over now. Nobody else knows it, and the node has been the same.
        let_go(unsafe { node.unregister(this.key) }, this.left);
    }

    /// Wakes `waker` at `at`, too.
    pub(crate) fn wake_at(self, at: Moment, waker: &Waker) {
        let mut extra = self.extra.take().unwrap_or_default();
        extra.timer.arm(at, waker);
        self.extra.set(Some(extra));
    }
}

/// Takes one off the count with this number, if that is still the lowest race's.
#[inline(never)]
fn leave_count(by: WakerId, node: &NodeRef) {
    stack::with_top(|top| {
        let lowest = top.map(|top| top.lowest().unwrap_or(top));
        let same = |frame: &&Frame<'_>| frame.ctx.node().is_some_and(|its| its.ptr_eq(node));
        if let Some(hold) = lowest.filter(same).and_then(|frame| frame.hold) {
            hold.count_down(by);
        }
    });
}

/// Drops a waker that was registered, or wakes it for those who rely on it. Both under no lock.
#[inline]
fn let_go(waker: Option<Waker>, left: u16) {
    match waker {
        Some(waker) if left > 0 => wake(waker),
        waker => drop(waker),
    }
}

/// One that no other thread has, or has had.
#[inline(never)]
fn number() -> u64 {
    /// Each thread takes 2^32 at once, the first of which it does not use.
    static BLOCKS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static LAST: Cell<u64> = const { Cell::new(u32::MAX as u64) };
    }
    LAST.with(|last| {
        let mut number = last.get() + 1;
        if number.trailing_zeros() >= u32::BITS {
            // ORDERING: Relaxed: all that matters is that nobody else gets it.
            number = ((BLOCKS.fetch_add(1, Ordering::Relaxed) as u64) << 32) + 1;
        }
        last.set(number);
        number
    })
}
