//! An error told to a person: what, why, where, how late.

use std::fmt;

use crate::error::{CancellerDropped, Error, ErrorKind};

/// An [`Error`] in several lines, for a log or a terminal; made by [`Error::report`].
///
/// ```
/// use std::time::Duration;
/// use ctx_core::Ctx;
///
/// let ctx = Ctx::background().with_timeout_cause(Duration::ZERO, "the index is slow");
/// let report = ctx.err().expect("past").report().to_string();
/// assert!(report.starts_with("context deadline exceeded: the index is slow\n"));
/// assert!(report.contains("deadline set at"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    error: &'a Error,
}

impl<'a> Report<'a> {
    pub(crate) fn new(error: &'a Error) -> Self {
        Report { error }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.error;
        writeln!(f, "{error}")?;
        let mut source = error.cause().and_then(std::error::Error::source);
        while let Some(cause) = source {
            writeln!(f, "  caused by: {cause}")?;
            source = cause.source();
        }
        let dropped = error
            .cause()
            .is_some_and(|cause| cause.is::<CancellerDropped>());
        let place = match error.kind() {
            ErrorKind::DeadlineExceeded => "deadline set at",
            ErrorKind::MissingValue => "wanted at",
            ErrorKind::Cancelled if dropped => "derived at",
            ErrorKind::Cancelled => "cancelled at",
        };
        write!(f, "  {place} {}", error.origin())?;
        if dropped {
            write!(
                f,
                "\n  help: a canceller cancels when it is dropped; bind it as `_cancel`, not `_`, or call `detach()`"
            )?;
        }
        if let Some(late) = error.late() {
            write!(f, "\n  cut off {late:.1?} later")?;
        }
        for (depth, frame) in error.trace().iter().enumerate() {
            let how = if depth == 0 { "in" } else { "called by" };
            write!(f, "\n    {how} {frame}")?;
        }
        Ok(())
    }
}
