//! An error told to a person: what, why, where, how late.

use std::fmt;

use crate::clock;
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
/// assert!(report.contains("timeout of 0ns set at"));
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
        match (error.kind(), error.span()) {
            (ErrorKind::DeadlineExceeded, Some(span)) => write!(f, "  timeout of {span:?} set at")?,
            (ErrorKind::DeadlineExceeded, None) => f.write_str("  deadline set at")?,
            (ErrorKind::MissingValue, _) => f.write_str("  wanted at")?,
            (ErrorKind::Cancelled, _) if dropped => f.write_str("  derived at")?,
            (ErrorKind::Cancelled, _) => f.write_str("  cancelled at")?,
        }
        write!(f, " {}", error.origin())?;
        if !error.grace().is_zero() {
            write!(f, "\n  and a grace of {:?} after that", error.grace())?;
        }
        if dropped {
            write!(
                f,
                "\n  help: a canceller cancels when it is dropped; bind it as `_cancel`, not `_`, or call `detach()`"
            )?;
        }
        match error.cut_at() {
            _ if error.at().is_never() => {}
            Some((cut, true)) => write!(f, "\n  cut off {:.1?} later", cut.since(error.at()))?,
            Some((call, false)) => {
                let after = call.since(error.at());
                write!(f, "\n  called {after:.1?} later, so it was not started")?;
            }
            None => {
                let ago = clock::now().since(error.at());
                write!(f, "\n  {ago:.1?} ago")?;
            }
        }
        for (depth, frame) in error.trace().iter().enumerate() {
            let how = if depth == 0 { "in" } else { "called by" };
            write!(f, "\n    {how} {frame}")?;
        }
        Ok(())
    }
}
