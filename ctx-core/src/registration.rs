//! How a future that waits for a context sees to it that it is woken.
//!
//! The rule: *whoever returns `Pending` has its waker registered, or has left it to another.* A
//! future that is polled directly inside a race with the same context and waker leaves it to the
//! outermost of such races, which registers when it returns `Pending` itself. So a nest of annotated
//! calls has one registration.
//!
//! That race counts what was left to it. If it ends, or changes its waker, while the count is not
//! zero, it wakes the waker that it had: whoever is still there is polled again then, and looks for
//! another. Only who shows the number of a count takes itself off, and no number is used twice: a
//! count may be too high, which costs one wake-up in vain, but never too low.

use std::cell::Cell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;

use crate::ctx::Ctx;
use crate::moment::Moment;
use crate::source::Held;
use crate::stack::{self, Extra, Frame};
use crate::tree::{AlreadyDone, Node, NodeRef};
use crate::waker::{WakerId, wake};

/// What a future waits for, and what it holds between polls.
pub struct Waiting<H: Held> {
    held: H,
    registration: Registration,
    /// Dropped by hand, so that what nearly every race finds, nothing, is one look.
    extra: ManuallyDrop<Option<Box<Extra>>>,
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
    pub(crate) extra: &'a Cell<Option<Box<Extra>>>,
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

    /// Nothing is registered yet.
    pub(crate) fn held_mut(&mut self) -> &mut H {
        &mut self.held
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
        if matches!(self.registration.state, State::Registered | State::Left) {
            self.release();
        }
        if self.extra.is_some() {
            *self.extra = None;
        }
    }

    fn release(&mut self) {
        let (ctx, hold) = self.split();
        if let Some(node) = ctx.node() {
            hold.release(node);
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
    pub(crate) fn ends(self, waker: &Waker) {
        let this = self.registration.get();
        // One that is registered sees to that when it lets go of it.
        if this.left > 0 && this.state != State::Registered {
            wake(waker.clone());
        }
    }

    /// See [`Registration::stands`].
    #[inline]
    pub(crate) fn stands(self, node: &NodeRef, waker: &Waker) -> bool {
        self.registration.get().stands(node, waker)
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
        let lowest = lowest.and_then(|lowest| Some((lowest, lowest.hold?)));
        if let Some((lowest, outer)) = lowest {
            lowest.left.set(true);
            if self.is_left_to(outer) {
                return Ok(());
            }
        }
        self.ensure_anew(node, waker, lowest.map(|(_, outer)| outer))
    }

    /// Apart, so that what nearly every poll finds needs few registers.
    #[inline(never)]
    fn ensure_anew(
        self,
        node: &NodeRef,
        waker: &Waker,
        outer: Option<Hold<'_>>,
    ) -> Result<(), AlreadyDone> {
        match outer {
            Some(outer) => {
                self.leave_to(outer, node);
                Ok(())
            }
            None => self.register(node, waker),
        }
    }

    /// Whether `outer` counts it already: what nearly every further poll within another finds.
    #[inline]
    fn is_left_to(self, outer: Hold<'_>) -> bool {
        let (this, theirs) = (self.registration.get(), outer.registration.get());
        this.state == State::Left && theirs.left > 0 && this.by == WakerId::numbered(theirs.number)
    }

    #[inline]
    fn leave_to(self, outer: Hold<'_>, node: &NodeRef) {
        if self.registration.get().state == State::Registered {
            self.release(node);
        }
        let mut theirs = outer.registration.get();
        if theirs.left == 0 {
            theirs.number = number();
        }
        theirs.left = theirs.left.saturating_add(1);
        outer.registration.set(theirs);
        self.registration.set(Registration {
            by: WakerId::numbered(theirs.number),
            state: State::Left,
            ..self.registration.get()
        });
    }

    /// Registers `waker`, or sees to it that it is registered still.
    #[inline]
    fn register(self, node: &NodeRef, waker: &Waker) -> Result<(), AlreadyDone> {
        let timed = if self.registration.get().state == State::Registered {
            self.refresh(node, waker)?;
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
            let_go(Some(old), this.left);
        } else if node.is_lowered() {
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

    /// Takes itself out of the list, or off the count, that it is in.
    #[inline]
    fn release(self, node: &NodeRef) {
        let this = self.registration.get();
        self.registration.set(Registration {
            state: State::Nothing,
            ..this
        });
        match this.state {
            State::New | State::Nothing => {}
            State::Registered => let_go(node.unregister(this.key), this.left),
            State::Left => leave_count(this.by, node),
        }
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
        let Some(hold) = lowest.filter(same).and_then(|frame| frame.hold) else {
            return;
        };
        let mut theirs = hold.registration.get();
        if WakerId::numbered(theirs.number) == by && theirs.left < u16::MAX {
            theirs.left = theirs.left.saturating_sub(1);
            hold.registration.set(theirs);
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
