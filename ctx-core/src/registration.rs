//! What a future that waits for a context holds on to.
//!
//! The rule: *whoever returns `Pending` holds a registration whose waker wakes the one it was polled
//! with.* A registration is shared by all races that are polled one directly inside the other, with
//! the same context and waker; it is counted, so it outlives the outermost. Its waker is changed
//! only by a sole holder; where it is shared, a new one is made instead.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

use crate::stack::{self, Frame};
use crate::sync::lock;
use crate::timer::Timer;
use crate::tree::{AlreadyDone, Node, NodeRef};
use crate::{clock, moment::Moment};

pub(crate) struct Registration {
    node: NodeRef,
    /// None where the context was done before: only the timer is of use then.
    key: Option<u32>,
    waker: WakerId,
    timer: Mutex<Timer>,
}

/// Which waker is registered. It stays alive in the node's list, so its address is its own.
#[derive(Clone, Copy, PartialEq, Eq)]
struct WakerId(usize, usize);

impl WakerId {
    fn of(waker: &Waker) -> Self {
        WakerId(
            waker.data().addr(),
            std::ptr::from_ref(waker.vtable()).addr(),
        )
    }
}

impl Registration {
    /// Sees to it that the future of `frame` holds a registration.
    #[inline]
    pub(crate) fn ensure(frame: &Frame<'_>, node: &NodeRef) -> Result<(), AlreadyDone> {
        let registrar = frame.registrar();
        let standing = Registration::standing(registrar, node);
        let held = frame.registration.take();
        let same = held
            .as_ref()
            .is_some_and(|held| standing == Some(Arc::as_ptr(held)));
        frame.registration.set(held);
        if same {
            return Ok(());
        }
        Registration::ensure_anew(frame, registrar, node)
    }

    /// The registration of `frame` if it is as it should be: what nearly every further poll finds.
    #[inline]
    fn standing(frame: &Frame<'_>, node: &NodeRef) -> Option<*const Registration> {
        let held = frame.registration.take();
        let stands = |this: &&Arc<Registration>| {
            this.fits(node, frame.waker) && node.moment().is_never() && !node.is_lowered()
        };
        let standing = held.as_ref().filter(stands).map(Arc::as_ptr);
        frame.registration.set(held);
        standing
    }

    #[inline]
    fn fits(&self, node: &NodeRef, waker: &Waker) -> bool {
        self.node.ptr_eq(node) && self.waker == WakerId::of(waker)
    }

    #[cold]
    fn ensure_anew<'a>(
        frame: &Frame<'a>,
        registrar: &Frame<'a>,
        node: &NodeRef,
    ) -> Result<(), AlreadyDone> {
        let mut held = frame.registration.take();
        let result = if std::ptr::eq(registrar, frame) {
            Registration::refresh(&mut held, node, frame.waker)
        } else {
            Registration::share(&mut held, registrar, node)
        };
        frame.registration.set(held);
        result
    }

    /// The same for a future that has no frame of its own.
    pub(crate) fn ensure_held(
        held: &mut Option<Arc<Registration>>,
        node: &NodeRef,
        waker: &Waker,
    ) -> Result<(), AlreadyDone> {
        stack::with_registrar(node, waker, |registrar| match registrar {
            Some(registrar) => Registration::share(held, registrar, node),
            None => Registration::refresh(held, node, waker),
        })
    }

    /// Makes `held` the registration of `registrar`, which has the same context and waker.
    fn share(
        held: &mut Option<Arc<Registration>>,
        registrar: &Frame<'_>,
        node: &NodeRef,
    ) -> Result<(), AlreadyDone> {
        let mut lowest = registrar.registration.take();
        let result = Registration::refresh(&mut lowest, node, registrar.waker);
        let same = match (&*held, &lowest) {
            (Some(held), Some(lowest)) => Arc::ptr_eq(held, lowest),
            _ => false,
        };
        if !same {
            held.clone_from(&lowest);
        }
        registrar.registration.set(lowest);
        result
    }

    #[inline]
    fn refresh(
        held: &mut Option<Arc<Registration>>,
        node: &NodeRef,
        waker: &Waker,
    ) -> Result<(), AlreadyDone> {
        match held {
            Some(this) if this.fits(node, waker) => {
                if node.is_lowered() {
                    this.put_back(waker)?;
                } else if node.moment().is_never() {
                    return Ok(());
                }
                this.arm(node.deadline(), waker, false);
                Ok(())
            }
            _ => Registration::renew(held, node, waker),
        }
    }

    #[cold]
    fn renew(
        held: &mut Option<Arc<Registration>>,
        node: &NodeRef,
        waker: &Waker,
    ) -> Result<(), AlreadyDone> {
        if let Some(this) = held.as_mut().and_then(Arc::get_mut)
            && this.node.ptr_eq(node)
        {
            if let Some(key) = this.key {
                drop(node.replace(key, waker.clone())?);
            }
            this.waker = WakerId::of(waker);
            this.arm(node.deadline(), waker, true);
            return Ok(());
        }
        let key = Node::register(node, waker.clone(), clock::now)?;
        let mut new = Registration::new(node, waker, Some(key));
        // After the waker is in the list: a moment that changes from now on wakes it.
        if !node.moment().is_never() || node.is_lowered() {
            // Nobody shares it yet, so there is nothing to lock.
            let timer = Arc::get_mut(&mut new).map(|new| new.timer.get_mut());
            let timer = timer.map(|timer| timer.unwrap_or_else(PoisonError::into_inner));
            if timer.is_some_and(|timer| timer.arm(node.deadline(), waker, true)) {
                waker.wake_by_ref();
            }
        }
        *held = Some(new);
        Ok(())
    }

    fn new(node: &NodeRef, waker: &Waker, key: Option<u32>) -> Arc<Registration> {
        Arc::new(Registration {
            node: node.clone(),
            key,
            waker: WakerId::of(waker),
            timer: Mutex::default(),
        })
    }

    /// Wakes the future of `frame` at `at`, though its context is done.
    ///
    /// Races that share the registration share the timer. Each asks for the earliest moment that it
    /// waits for, innermost first, and what an inner one waits for the outer ones wait for as well.
    pub(crate) fn wake_at(frame: &Frame<'_>, node: &NodeRef, at: Moment) {
        let registrar = frame.registrar();
        let mut lowest = registrar.registration.take();
        let waker = frame.waker;
        let fits =
            |this: &Arc<Registration>| this.node.ptr_eq(node) && this.waker == WakerId::of(waker);
        if !lowest.as_ref().is_some_and(fits) {
            lowest = Some(Registration::new(node, waker, None));
        }
        if let Some(this) = &lowest {
            this.arm(at, waker, false);
        }
        if !std::ptr::eq(registrar, frame) {
            frame.registration.set(lowest.clone());
        }
        registrar.registration.set(lowest);
    }

    /// A grace above has begun, which woke the waker and left its slot empty.
    #[cold]
    fn put_back(&self, waker: &Waker) -> Result<(), AlreadyDone> {
        if let Some(key) = self.key {
            drop(self.node.replace(key, waker.clone())?);
        }
        Ok(())
    }

    /// Wakes `waker` at `at`.
    fn arm(&self, at: Moment, waker: &Waker, fresh: bool) {
        // Taken out, so that wakers are cloned, woken and dropped under no lock. Who shares a registration
        // is polled by one task, so nobody looks for it meanwhile.
        let mut timer = std::mem::take(&mut *lock(&self.timer));
        let due = timer.arm(at, waker, fresh);
        *lock(&self.timer) = timer;
        if due {
            waker.wake_by_ref();
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // Dropped here, after the list's lock.
        drop(self.key.and_then(|key| self.node.unregister(key)));
    }
}
