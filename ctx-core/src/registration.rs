//! What a future that waits for a context holds on to.
//!
//! The rule: *whoever returns `Pending` holds a registration whose waker wakes the one it was polled
//! with.* A registration is shared by all races that are polled one directly inside the other, with
//! the same context and waker; it is counted, so it outlives the outermost. Its waker is changed
//! only by a sole holder; where it is shared, a new one is made instead.

use std::sync::{Arc, Mutex};
use std::task::Waker;

use crate::grace::Graces;
use crate::stack::{self, Frame};
use crate::sync::lock;
use crate::timer::Timer;
use crate::tree::{AlreadyDone, Node, NodeRef};
use crate::{clock, moment::Moment};

pub(crate) struct Registration {
    node: NodeRef,
    /// None where the context was done before: only the timer and the graces are of use then.
    key: Option<u32>,
    waker: WakerId,
    timer: Mutex<Timer>,
    graces: Graces,
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

    /// What the registration of `frame` says, if there is one.
    pub(crate) fn peek<R>(frame: &Frame<'_>, f: impl FnOnce(&Registration) -> R) -> Option<R> {
        let registrar = frame.registrar();
        let held = registrar.registration.take();
        let result = held.as_deref().map(f);
        registrar.registration.set(held);
        result
    }

    #[inline]
    fn refresh(
        held: &mut Option<Arc<Registration>>,
        node: &NodeRef,
        waker: &Waker,
    ) -> Result<(), AlreadyDone> {
        match held {
            Some(this) if this.node.ptr_eq(node) && this.waker == WakerId::of(waker) => {
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
        let new = Registration::new(held.as_ref(), node, waker, Some(key));
        // After the waker is in the list: a moment that changes from now on wakes it.
        let deadline = node.deadline();
        if !deadline.is_never() {
            new.arm(deadline, waker, true);
        }
        *held = Some(new);
        Ok(())
    }

    fn new(
        old: Option<&Arc<Registration>>,
        node: &NodeRef,
        waker: &Waker,
        key: Option<u32>,
    ) -> Arc<Registration> {
        Arc::new(Registration {
            node: node.clone(),
            key,
            waker: WakerId::of(waker),
            timer: Mutex::new(Timer::new()),
            // A race that takes another registration goes on waiting for the same callees.
            graces: old.map(|old| old.graces.clone()).unwrap_or_default(),
        })
    }

    /// A registration for a frame, also where the context is done.
    pub(crate) fn of(frame: &Frame<'_>, node: &NodeRef) -> Arc<Registration> {
        let frame = frame.registrar();
        let mut held = frame.registration.take();
        if Registration::refresh(&mut held, node, frame.waker).is_err() {
            match &held {
                Some(this) if this.waker == WakerId::of(frame.waker) => {}
                _ => held = Some(Registration::new(held.as_ref(), node, frame.waker, None)),
            }
        }
        let this = held.clone();
        frame.registration.set(held);
        this.expect("made above")
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
    pub(crate) fn arm(&self, at: Moment, waker: &Waker, fresh: bool) {
        lock(&self.timer).arm(at, waker, fresh);
    }

    pub(crate) fn graces(&self) -> &Graces {
        &self.graces
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // Dropped here, after the list's lock.
        drop(self.key.and_then(|key| self.node.unregister(key)));
    }
}
