//! [`Ctx`]: roots, derivation and observation. Waiting and working are in the files of the futures.

use std::panic::Location;
use std::time::Duration;

use tokio::time::Instant;

use crate::canceller::Canceller;
use crate::clock;
use crate::error::{BoxError, Error};
use crate::key::Key;
use crate::moment::Moment;
use crate::stack;
use crate::tree::{Kind, Node, NodeRef};
use crate::values::Values;

/// What a request carries to everything that works for it: cancellation, a deadline, and values.
///
/// Go's `context.Context`. A `Ctx` is never changed; `with_*` derives another one from it. Cancelling one, or reaching
/// its deadline, ends all that were derived from it, and nothing else. It is passed first, as `ctx: &Ctx`; a clone is
/// cheap and is the same context.
///
/// ```
/// use std::time::Duration;
/// use ctx_core::{Ctx, ctx_key};
///
/// ctx_key! { struct Tenant(String); }
///
/// let (request, cancel) = Ctx::background().with_cancel();
/// let step = request.with_timeout(Duration::from_secs(5)).with_value(Tenant("acme".into()));
///
/// assert!(!step.is_done());
/// assert_eq!(step.value::<Tenant>().map(|tenant| tenant.as_str()), Some("acme"));
///
/// cancel.cancel();
/// assert!(step.is_done());
/// ```
#[derive(Clone)]
pub struct Ctx {
    node: Option<NodeRef>,
    values: Option<Values>,
}

/// What stands in where there is no context.
pub(crate) static BACKGROUND: Ctx = Ctx::background();

/// Roots.
impl Ctx {
    /// The root that is never done and has no deadline and no values.
    ///
    /// Go's `context.Background`. It allocates nothing and is `const`.
    ///
    /// ```
    /// use ctx_core::Ctx;
    ///
    /// static ROOT: Ctx = Ctx::background();
    /// assert!(!ROOT.is_done());
    /// assert_eq!(ROOT.deadline(), None);
    /// ```
    #[must_use]
    pub const fn background() -> Ctx {
        Ctx {
            node: None,
            values: None,
        }
    }

    /// A background for code that is not given a context yet. It remembers its caller.
    ///
    /// Go's `context.TODO`. It prints as `todo`, with the place in `Debug`, so that it is found again.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// assert_eq!(Ctx::todo().to_string(), "todo");
    /// assert!(!Ctx::todo().is_done());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn todo() -> Ctx {
        Ctx {
            node: None,
            values: Some(Values::todo(Location::caller())),
        }
    }

    /// The context whose body is being polled right now on this thread, if any.
    ///
    /// It is dynamic: whatever a body polls sees the body's context, a `LocalSet` or a nested executor too. A task
    /// that was started by a bare `tokio::spawn` has none; one started by [`Ctx::spawn`] has.
    ///
    /// Go has no such thing: there a context must be passed. Here, too, passing it is the rule, and this is for what
    /// cannot be given one, such as the methods of a foreign trait.
    ///
    /// ```
    /// # use ctx_core::{Ctx, ctx_key};
    /// # tokio_test::block_on(async {
    /// ctx_key! { struct Tenant(u32); }
    ///
    /// fn tenant() -> Option<u32> {
    ///     Ctx::current()?.value::<Tenant>().map(|tenant| **tenant)
    /// }
    ///
    /// let ctx = Ctx::background().with_value(Tenant(7));
    /// assert_eq!(ctx.run(async { tenant() }).await.ok().flatten(), Some(7));
    /// assert_eq!(tenant(), None);
    /// # });
    /// ```
    #[must_use]
    pub fn current() -> Option<Ctx> {
        stack::with_top(|top| top.map(|frame| frame.ctx.clone()))
    }
}

/// Derivation. The parent is never changed.
impl Ctx {
    pub(crate) fn derive(&self, node: NodeRef) -> Ctx {
        Ctx {
            node: Some(node),
            values: self.values.clone(),
        }
    }

    fn with_values(&self, values: Option<Values>) -> Ctx {
        Ctx {
            node: self.node.clone(),
            values,
        }
    }

    fn depth(&self) -> u16 {
        self.node.as_ref().map_or(0, |node| node.depth())
    }

    /// A child that can be cancelled on its own, and its canceller.
    ///
    /// Go's `context.WithCancel` and `WithCancelCause`. Dropping the last clone of the canceller cancels, so there is
    /// no call to forget; but `let (ctx, _) = ..` drops it at once: write `_cancel`. Of a context that is done the child is
    /// that context.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let (parent, _cancel) = Ctx::background().with_cancel();
    /// let (child, cancel_child) = parent.with_cancel();
    /// cancel_child.cancel();
    /// assert!(child.is_done());
    /// assert!(!parent.is_done());
    /// ```
    #[must_use = "dropping the canceller cancels the context: bind it as `_cancel`, not `_`"]
    #[track_caller]
    pub fn with_cancel(&self) -> (Ctx, Canceller) {
        self.cancel_from(Location::caller())
    }

    #[inline]
    pub(crate) fn cancel_from(&self, origin: &'static Location<'static>) -> (Ctx, Canceller) {
        let (node, second) = Node::with_cancel(self.node.as_ref(), origin);
        (self.derive(node), Canceller::new(second))
    }

    /// A child that is done at `at`, or when its parent is, whichever comes first.
    ///
    /// Go's `context.WithDeadline`. There is nothing to cancel or to stop: a deadline on which nobody waits costs no
    /// timer. A deadline that is past makes a context that is done.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tokio::time::Instant;
    /// use ctx_core::Ctx;
    ///
    /// let at = Instant::now() + Duration::from_secs(60);
    /// let ctx = Ctx::background().with_deadline(at);
    /// let child = ctx.with_deadline(at + Duration::from_secs(1));
    /// assert_eq!(child.deadline(), Some(at));
    /// ```
    #[must_use = "the parent is not changed"]
    #[track_caller]
    pub fn with_deadline(&self, at: Instant) -> Ctx {
        self.deadline_from(Moment::at(at), None, None, Location::caller())
    }

    /// A child that is done after this span, or when its parent is, whichever comes first.
    ///
    /// Go's `context.WithTimeout`. It saturates: `Duration::MAX` is no deadline.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ctx_core::Ctx;
    ///
    /// let ctx = Ctx::background().with_timeout(Duration::from_secs(5));
    /// assert!(ctx.remaining().is_some_and(|left| left <= Duration::from_secs(5)));
    /// assert_eq!(Ctx::background().with_timeout(Duration::MAX).deadline(), None);
    /// ```
    #[must_use = "the parent is not changed"]
    #[track_caller]
    pub fn with_timeout(&self, after: Duration) -> Ctx {
        self.timeout_from(after, None, Location::caller())
    }

    /// [`with_deadline`](Self::with_deadline) with the cause that its error gives if this deadline decides.
    ///
    /// Go's `context.WithDeadlineCause`.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let past = tokio::time::Instant::now();
    /// let ctx = Ctx::background().with_deadline_cause(past, "the sale is over");
    /// let err = ctx.err().expect("past");
    /// assert_eq!(err.to_string(), "context deadline exceeded: the sale is over");
    /// ```
    #[must_use = "the parent is not changed"]
    #[track_caller]
    pub fn with_deadline_cause(&self, at: Instant, cause: impl Into<BoxError>) -> Ctx {
        let origin = Location::caller();
        self.deadline_from(Moment::at(at), None, Some(cause.into()), origin)
    }

    /// [`with_timeout`](Self::with_timeout) with the cause that its error gives if this timeout decides.
    ///
    /// Go's `context.WithTimeoutCause`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use ctx_core::Ctx;
    /// let ctx = Ctx::background().with_timeout_cause(Duration::ZERO, "the index is slow");
    /// let err = ctx.err().expect("past");
    /// assert_eq!(err.to_string(), "context deadline exceeded: the index is slow");
    /// ```
    #[must_use = "the parent is not changed"]
    #[track_caller]
    pub fn with_timeout_cause(&self, after: Duration, cause: impl Into<BoxError>) -> Ctx {
        self.timeout_from(after, Some(cause.into()), Location::caller())
    }

    pub(crate) fn timeout_from(
        &self,
        after: Duration,
        cause: Option<BoxError>,
        origin: &'static Location<'static>,
    ) -> Ctx {
        self.deadline_from(clock::now().after(after), Some(after), cause, origin)
    }

    fn deadline_from(
        &self,
        at: Moment,
        span: Option<Duration>,
        cause: Option<BoxError>,
        origin: &'static Location<'static>,
    ) -> Ctx {
        let parent = self.node.as_ref();
        self.derive(Node::with_deadline(parent, at, span, cause, origin))
    }

    /// A child with one more value, which hides one of the same type.
    ///
    /// Go's `context.WithValue`, but the type of the value is its key: declare it with
    /// [`ctx_key!`](crate::ctx_key). At most one allocation; a look-up does not slow down with the length of the chain.
    ///
    /// ```
    /// # use ctx_core::{Ctx, ctx_key};
    /// ctx_key! { struct Tenant(u32); }
    ///
    /// let outer = Ctx::background().with_value(Tenant(1));
    /// let inner = outer.with_value(Tenant(2));
    /// assert_eq!(inner.value::<Tenant>().map(|tenant| **tenant), Some(2));
    /// assert_eq!(outer.value::<Tenant>().map(|tenant| **tenant), Some(1));
    /// ```
    #[must_use = "the parent is not changed"]
    pub fn with_value<K: Key>(&self, value: K) -> Ctx {
        self.with_values(Some(Values::with(
            self.values.as_ref(),
            value,
            self.depth(),
        )))
    }

    /// A child that keeps the values, has no deadline, and is never done.
    ///
    /// Go's `context.WithoutCancel`. For work that must outlive the request, such as an audit record. For cleanup that
    /// has to end some time, see [`with_grace`](Self::with_grace).
    ///
    /// ```
    /// # use ctx_core::{Ctx, ctx_key};
    /// ctx_key! { struct Tenant(u32); }
    ///
    /// let (ctx, cancel) = Ctx::background().with_value(Tenant(1)).with_cancel();
    /// let audit = ctx.without_cancel();
    /// cancel.cancel();
    /// assert!(!audit.is_done());
    /// assert!(audit.value::<Tenant>().is_some());
    /// ```
    #[must_use = "the parent is not changed"]
    pub fn without_cancel(&self) -> Ctx {
        if self.node.is_none() {
            return self.clone();
        }
        Ctx {
            node: None,
            values: Some(Values::without_cancel(self.values.as_ref())),
        }
    }

    /// A child that is done `grace` after its parent is: time to drain, roll back, or say goodbye.
    ///
    /// Its deadline is the parent's and the grace; once the parent is done, that moment and the grace. Its error is
    /// the parent's. It starts no task and no timer until somebody waits.
    ///
    /// Go has no such thing; there cleanup takes `WithoutCancel` and a timeout, counted from when
    /// cleanup begins.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ctx_core::Ctx;
    ///
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let cleanup = ctx.with_grace(Duration::from_secs(5));
    /// cancel.cancel();
    /// assert!(ctx.is_done());
    /// assert!(!cleanup.is_done());
    /// assert!(cleanup.remaining().is_some_and(|left| left <= Duration::from_secs(5)));
    /// ```
    #[must_use = "the parent is not changed"]
    #[track_caller]
    pub fn with_grace(&self, grace: Duration) -> Ctx {
        match &self.node {
            None => self.clone(),
            Some(parent) => {
                let origin = Location::caller();
                self.derive(Node::with_grace(parent, grace, origin))
            }
        }
    }

    /// A child of both: done when either is, with the earlier deadline, and with the values of `self`, then `other`'s.
    ///
    /// If both are done, the one that was done first decides; `self` on a tie. It starts no task and leaves nothing
    /// behind in either. Go's users ask for it; there it takes a goroutine or `AfterFunc`.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let (request, _request) = Ctx::background().with_cancel();
    /// let (server, shutdown) = Ctx::background().with_cancel();
    /// let both = request.merge(&server);
    /// shutdown.cancel_with("maintenance");
    /// assert_eq!(both.err().map(|err| err.to_string()).as_deref(), Some("context cancelled: maintenance"));
    /// assert!(!request.is_done());
    /// ```
    #[must_use = "neither context is changed"]
    #[track_caller]
    pub fn merge(&self, other: &Ctx) -> Ctx {
        let origin = Location::caller();
        let node = match (&self.node, &other.node) {
            (Some(first), Some(second)) if !first.ptr_eq(second) => {
                Some(Node::merge(first, second, origin))
            }
            (Some(one), _) | (None, Some(one)) => Some(one.clone()),
            (None, None) => None,
        };
        let depth = node.as_ref().map_or(0, |node| node.depth());
        let merged = node.as_ref().is_some_and(|node| node.kind() == Kind::Merge);
        let values = Values::merge(self.values.as_ref(), other.values.as_ref(), depth, merged);
        Ctx { node, values }
    }
}

/// Observation. It never waits, and takes no lock where nothing has happened.
impl Ctx {
    /// Whether the context is done.
    ///
    /// An atomic load, and with a deadline a reading of the clock.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// assert!(!ctx.is_done());
    /// cancel.cancel();
    /// assert!(ctx.is_done());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.node.as_ref().is_some_and(|node| node.is_done())
    }

    /// Why the context is done; `None` while it is not.
    ///
    /// Go's `Err` and `context.Cause` in one. It never changes once it is `Some`.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// assert!(ctx.err().is_none());
    /// cancel.cancel();
    /// assert!(ctx.err().is_some_and(|err| err.is_cancelled()));
    /// ```
    #[inline]
    #[must_use]
    pub fn err(&self) -> Option<Error> {
        self.node.as_ref()?.look()
    }

    /// `Err` if the context is done: for loops that never await.
    ///
    /// # Errors
    ///
    /// What [`err`](Self::err) gives.
    ///
    /// ```
    /// # use ctx_core::{Ctx, Error};
    /// fn sum(ctx: &Ctx, numbers: &[u64]) -> Result<u64, Error> {
    ///     let mut sum = 0;
    ///     for chunk in numbers.chunks(1024) {
    ///         ctx.check()?;
    ///         sum += chunk.iter().sum::<u64>();
    ///     }
    ///     Ok(sum)
    /// }
    /// assert_eq!(sum(&Ctx::background(), &[1, 2, 3]).ok(), Some(6));
    /// ```
    #[inline]
    pub fn check(&self) -> Result<(), Error> {
        match self.err() {
            Some(err) => Err(err),
            None => Ok(()),
        }
    }

    /// When the context will be done at the latest; it stays once that is past.
    ///
    /// Go's `Deadline`. `None`: no deadline.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let at = tokio::time::Instant::now();
    /// let ctx = Ctx::background().with_deadline(at);
    /// assert!(ctx.is_done());
    /// assert_eq!(ctx.deadline(), Some(at));
    /// ```
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.node.as_ref()?.deadline().instant()
    }

    /// The time that is left; zero once the deadline is past, `None` without one.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// # use std::time::Duration;
    /// assert_eq!(Ctx::background().remaining(), None);
    /// let ctx = Ctx::background().with_timeout(Duration::ZERO);
    /// assert_eq!(ctx.remaining(), Some(Duration::ZERO));
    /// ```
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        let deadline = self.node.as_ref()?.deadline();
        (!deadline.is_never()).then(|| deadline.since(clock::now()))
    }

    /// The value of this type, or the default that its key declares.
    ///
    /// Go's `Value`, without the type assertion.
    ///
    /// ```
    /// # use ctx_core::{Ctx, ctx_key};
    /// ctx_key! {
    ///     struct Tenant(u32);
    ///     #[key(default = 8)]
    ///     struct Parallel(usize);
    /// }
    /// let ctx = Ctx::background();
    /// assert!(ctx.value::<Tenant>().is_none());
    /// assert_eq!(ctx.value::<Parallel>().map(|n| **n), Some(8));
    /// ```
    #[inline]
    #[must_use]
    pub fn value<K: Key>(&self) -> Option<&K> {
        // Not `or_else(K::fallback)`: the 'static of that one would spread.
        match self.values.as_ref().and_then(Values::get::<K>) {
            Some(value) => Some(value),
            None => K::fallback(),
        }
    }

    /// The value of this type, which has to be there.
    ///
    /// # Errors
    ///
    /// [`MissingValue`](crate::ErrorKind::MissingValue), which names the key and the place of this call.
    ///
    /// ```
    /// # use ctx_core::{Ctx, ctx_key};
    /// ctx_key! { struct Tenant(u32); }
    /// let err = Ctx::background().get::<Tenant>().expect_err("not set");
    /// assert_eq!(err.to_string(), "missing context value `Tenant`");
    /// ```
    #[inline]
    #[track_caller]
    pub fn get<K: Key>(&self) -> Result<&K, Error> {
        let origin = Location::caller();
        self.value().ok_or_else(|| Error::missing(K::NAME, origin))
    }

    #[inline]
    pub(crate) fn node(&self) -> Option<&NodeRef> {
        self.node.as_ref()
    }

    /// The same context, which holds on to `held` until it and all that is derived from it are gone.
    pub(crate) fn holding<T: Send + Sync + 'static>(&self, held: T) -> Ctx {
        self.with_values(Some(Values::hold(self.values.as_ref(), held, self.depth())))
    }

    /// The nearest thing of this type that [`holding`](Self::holding) put there.
    pub(crate) fn held<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.values.as_ref()?.find()
    }

    pub(crate) fn values(&self) -> Option<&Values> {
        self.values.as_ref()
    }
}

impl AsRef<Ctx> for Ctx {
    fn as_ref(&self) -> &Ctx {
        self
    }
}
