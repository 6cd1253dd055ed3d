//! Why work stopped: [`Error`], its kind, its cause and where it came from.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::moment::Moment;
use crate::report::Report;

/// A boxed error, as causes are given.
///
/// ```
/// let cause: ctx_core::BoxError = "the user closed the tab".into();
/// assert_eq!(cause.to_string(), "the user closed the tab");
/// ```
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a context is done, or which value it lacks.
///
/// Go returns `context.Canceled` or `context.DeadlineExceeded` and keeps the reason for
/// `context.Cause`; here one value carries the kind, the cause, and the place that decided.
///
/// It is one pointer wide and cheap to clone. `Display` is fit for a response: it names no source
/// path. For a person at work there is [`report`](Self::report).
///
/// ```
/// use ctx_core::{Ctx, ErrorKind};
///
/// let (ctx, cancel) = Ctx::background().with_cancel();
/// cancel.cancel_with("the user closed the tab");
/// let err = ctx.err().expect("cancelled");
/// assert_eq!(err.kind(), ErrorKind::Cancelled);
/// assert_eq!(err.to_string(), "context cancelled: the user closed the tab");
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

/// What kind of an [`Error`] this is.
///
/// ```
/// use std::time::Duration;
/// use ctx_core::{Ctx, ErrorKind};
///
/// let late = Ctx::background().with_timeout(Duration::ZERO);
/// assert_eq!(late.err().map(|e| e.kind()), Some(ErrorKind::DeadlineExceeded));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Somebody cancelled (Go: `context.Canceled`).
    Cancelled,
    /// The deadline has passed (Go: `context.DeadlineExceeded`).
    DeadlineExceeded,
    /// A required value is not in the context.
    MissingValue,
}

/// One annotated fn that was cut off: its name and where it stands.
///
/// See [`Error::trace`]. `Display` is the name and the place.
///
/// ```
/// # use ctx_core::{Ctx, Error, cancellable};
/// # tokio_test::block_on(async {
/// #[cancellable(timeout = "1ms")]
/// async fn stuck() -> Result<(), Error> {
///     std::future::pending().await
/// }
/// let err = stuck(&Ctx::background()).await.expect_err("cut off");
/// assert!(err.trace()[0].to_string().starts_with("stuck ("));
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    name: &'static str,
    location: &'static Location<'static>,
}

/// The cause of a context whose last [`Canceller`](crate::Canceller) was dropped without a call to
/// `cancel`.
///
/// ```
/// use ctx_core::{CancellerDropped, Ctx};
///
/// let (ctx, _) = Ctx::background().with_cancel(); // `_` drops at once: write `_cancel`
/// let err = ctx.err().expect("cancelled by the drop");
/// assert!(err.cause().is_some_and(|cause| cause.is::<CancellerDropped>()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CancellerDropped;

#[derive(Clone)]
pub(crate) struct Inner {
    kind: ErrorKind,
    cause: Cause,
    origin: &'static Location<'static>,
    /// When whoever decided was done.
    decided: Moment,
    /// When the context was done: later by the graces in between.
    at: Moment,
    detail: Detail,
    cut: Option<Box<Cut>>,
}

/// Why somebody cancelled, or set a deadline.
#[derive(Clone)]
pub(crate) enum Cause {
    None,
    /// A [`CancellerDropped`]: so ends nearly every context, so it costs no allocation.
    Dropped,
    Given(Arc<dyn std::error::Error + Send + Sync>),
}

impl From<Option<BoxError>> for Cause {
    fn from(given: Option<BoxError>) -> Self {
        given.map_or(Cause::None, |given| Cause::Given(Arc::from(given)))
    }
}

/// What one kind of error has beside the others.
#[derive(Clone, Copy)]
enum Detail {
    None,
    /// The timeout that was set.
    Timeout(Duration),
    /// The key that has no value.
    Key(&'static str),
}

/// What is known only where work was cut off.
#[derive(Clone)]
struct Cut {
    trace: Box<[Frame]>,
    at: Moment,
    /// False for a call that was made when the context was done already.
    started: bool,
}

impl Error {
    /// What kind of an error this is.
    ///
    /// ```
    /// # use ctx_core::{Ctx, ErrorKind};
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// cancel.cancel();
    /// assert_eq!(ctx.err().map(|e| e.kind()), Some(ErrorKind::Cancelled));
    /// ```
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether somebody cancelled.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// cancel.cancel();
    /// assert!(ctx.err().is_some_and(|e| e.is_cancelled()));
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.0.kind == ErrorKind::Cancelled
    }

    /// Whether a deadline has passed.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let ctx = Ctx::background().with_timeout(std::time::Duration::ZERO);
    /// assert!(ctx.err().is_some_and(|e| e.is_deadline_exceeded()));
    /// ```
    pub fn is_deadline_exceeded(&self) -> bool {
        self.0.kind == ErrorKind::DeadlineExceeded
    }

    /// Whether a required value was missing.
    ///
    /// ```
    /// # use ctx_core::{Ctx, ctx_key};
    /// ctx_key! { struct Tenant(String); }
    /// assert!(Ctx::background().get::<Tenant>().is_err_and(|e| e.is_missing_value()));
    /// ```
    pub fn is_missing_value(&self) -> bool {
        self.0.kind == ErrorKind::MissingValue
    }

    /// What was given as the reason (Go: `context.Cause`). It is `source()` too.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// cancel.cancel_with("shutting down");
    /// let err = ctx.err().expect("cancelled");
    /// assert_eq!(err.cause().map(|c| c.to_string()).as_deref(), Some("shutting down"));
    /// ```
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        match &self.0.cause {
            Cause::None => None,
            Cause::Dropped => Some(&CancellerDropped),
            Cause::Given(cause) => Some(&**cause),
        }
    }

    /// The place in the source that decided.
    ///
    /// The call to [`cancel`](crate::Canceller::cancel); for a deadline, where it was set; for a
    /// canceller that was dropped, the `with_cancel` call; for a missing value, the `get` or the
    /// annotated fn. An error that was inherited has the origin of the ancestor that decided.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// let line = line!() + 1;
    /// cancel.cancel();
    /// assert_eq!(ctx.err().map(|e| e.origin().line()), Some(line));
    /// ```
    pub fn origin(&self) -> &'static Location<'static> {
        self.0.origin
    }

    /// The annotated fns on the poll stack where work was cut off, innermost first; empty for an
    /// error that cut nothing off, such as one from [`Ctx::err`](crate::Ctx::err). A fn that was called under a context that
    /// was done already counts as cut off.
    ///
    /// ```
    /// # use ctx_core::{Ctx, Error, cancellable};
    /// # tokio_test::block_on(async {
    /// #[cancellable(timeout = "5ms")]
    /// async fn outer() -> Result<(), Error> {
    ///     inner(ctx).await
    /// }
    ///
    /// #[cancellable]
    /// async fn inner() -> Result<(), Error> {
    ///     std::future::pending().await
    /// }
    ///
    /// let err = outer(&Ctx::background()).await.expect_err("cut off");
    /// let names: Vec<_> = err.trace().iter().map(|frame| frame.name()).collect();
    /// assert_eq!(names, ["inner", "outer"]);
    /// # });
    /// ```
    pub fn trace(&self) -> &[Frame] {
        self.0.cut.as_ref().map_or(&[], |cut| &cut.trace)
    }

    /// What, why, where and how late, in several lines for a person.
    ///
    /// It names source paths and the cause: it belongs into a log, not into a response.
    ///
    /// ```
    /// # use ctx_core::Ctx;
    /// let (ctx, cancel) = Ctx::background().with_cancel();
    /// cancel.cancel_with("shutting down");
    /// let report = ctx.err().expect("cancelled").report().to_string();
    /// assert!(report.starts_with("context cancelled: shutting down\n"));
    /// assert!(report.contains("cancelled at"));
    /// ```
    pub fn report(&self) -> Report<'_> {
        Report::new(self)
    }

    pub(crate) fn cancelled(cause: Cause, origin: &'static Location<'static>, at: Moment) -> Error {
        Error(Arc::new(Inner::new(
            ErrorKind::Cancelled,
            cause,
            origin,
            at,
        )))
    }

    pub(crate) fn deadline(
        cause: Cause,
        origin: &'static Location<'static>,
        at: Moment,
        span: Option<Duration>,
    ) -> Error {
        Error(Arc::new(Inner {
            detail: span.map_or(Detail::None, Detail::Timeout),
            ..Inner::new(ErrorKind::DeadlineExceeded, cause, origin, at)
        }))
    }

    pub(crate) fn missing(key: &'static str, origin: &'static Location<'static>) -> Error {
        Error(Arc::new(Inner {
            detail: Detail::Key(key),
            ..Inner::new(ErrorKind::MissingValue, Cause::None, origin, Moment::NEVER)
        }))
    }

    /// When the context was done.
    pub(crate) fn at(&self) -> Moment {
        self.0.at
    }

    /// For how long the context went on after whoever decided was done.
    pub(crate) fn grace(&self) -> Duration {
        self.0.at.since(self.0.decided)
    }

    /// The same outcome at another moment: what a context behind a grace reports.
    pub(crate) fn moved_to(&self, at: Moment) -> Error {
        Error(Arc::new(Inner {
            at,
            ..Inner::clone(&self.0)
        }))
    }

    /// The same outcome, with what was cut off because of it.
    pub(crate) fn cutting_off(&self, trace: Box<[Frame]>, at: Moment, started: bool) -> Error {
        Error(Arc::new(Inner {
            cut: Some(Box::new(Cut { trace, at, started })),
            ..Inner::clone(&self.0)
        }))
    }

    /// When work was cut off because of it, and whether that had started.
    pub(crate) fn cut_at(&self) -> Option<(Moment, bool)> {
        self.0.cut.as_ref().map(|cut| (cut.at, cut.started))
    }

    /// The timeout that was set, if it was one.
    pub(crate) fn span(&self) -> Option<Duration> {
        match self.0.detail {
            Detail::Timeout(span) => Some(span),
            _ => None,
        }
    }

    fn key(&self) -> &'static str {
        match self.0.detail {
            Detail::Key(key) => key,
            _ => "",
        }
    }

    pub(crate) fn into_raw(self) -> *const Inner {
        Arc::into_raw(self.0)
    }

    /// # Safety
    ///
    /// `raw` comes from [`into_raw`](Self::into_raw), and gives up that reference.
    pub(crate) unsafe fn from_raw(raw: *const Inner) -> Error {
        // SAFETY: the caller passes a reference that `into_raw` made, once.
        Error(unsafe { Arc::from_raw(raw) })
    }
}

impl Inner {
    fn new(kind: ErrorKind, cause: Cause, origin: &'static Location<'static>, at: Moment) -> Inner {
        Inner {
            kind,
            cause,
            origin,
            decided: at,
            at,
            detail: Detail::None,
            cut: None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.kind {
            ErrorKind::Cancelled => f.write_str("context cancelled")?,
            ErrorKind::DeadlineExceeded => f.write_str("context deadline exceeded")?,
            ErrorKind::MissingValue => write!(f, "missing context value `{}`", self.key())?,
        }
        match self.cause() {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.0.kind);
        if self.is_missing_value() {
            out.field("key", &self.key());
        }
        if let Some(cause) = self.cause() {
            out.field("cause", &cause);
        }
        out.field("origin", &format_args!("{}", self.0.origin));
        if !self.trace().is_empty() {
            out.field("trace", &self.trace());
        }
        out.finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause().map(|cause| cause as _)
    }
}

/// A deadline becomes `TimedOut`, everything else `Other`: never `Interrupted`, on which the
/// standard library retries.
impl From<Error> for std::io::Error {
    fn from(err: Error) -> Self {
        let kind = match err.kind() {
            ErrorKind::DeadlineExceeded => std::io::ErrorKind::TimedOut,
            ErrorKind::Cancelled | ErrorKind::MissingValue => std::io::ErrorKind::Other,
        };
        std::io::Error::new(kind, err)
    }
}

impl Frame {
    pub(crate) const fn new(name: &'static str, location: &'static Location<'static>) -> Frame {
        Frame { name, location }
    }

    /// The name of the fn.
    ///
    /// ```
    /// # use ctx_core::{Ctx, Error, cancellable};
    /// # tokio_test::block_on(async {
    /// #[cancellable(timeout = "1ms")]
    /// async fn stuck() -> Result<(), Error> {
    ///     std::future::pending().await
    /// }
    /// let err = stuck(&Ctx::background()).await.expect_err("cut off");
    /// assert_eq!(err.trace()[0].name(), "stuck");
    /// # });
    /// ```
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Where the fn stands in the source.
    ///
    /// ```
    /// # use ctx_core::{Ctx, Error, cancellable};
    /// # tokio_test::block_on(async {
    /// #[cancellable(timeout = "1ms")]
    /// async fn stuck() -> Result<(), Error> {
    ///     std::future::pending().await
    /// }
    /// let err = stuck(&Ctx::background()).await.expect_err("cut off");
    /// assert!(err.trace()[0].location().line() > 0);
    /// # });
    /// ```
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.location)
    }
}

impl fmt::Display for CancellerDropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its last canceller was dropped")
    }
}

impl std::error::Error for CancellerDropped {}
