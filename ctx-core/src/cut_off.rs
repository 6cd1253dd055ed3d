//! What a race makes of being cut off.

use std::fmt;

use crate::error::Error;
use crate::interruptible::Interruptible;

/// What a race makes of its body's output, or of being cut off.
pub trait CutOff<T> {
    /// The output of the race.
    type Output;

    /// The body has ended.
    fn ready(output: T) -> Self::Output;

    /// The body was cut off, and is dropped.
    fn cut(self, err: Error) -> Self::Output;
}

/// Cut off, the race is what [`Interruptible`] says.
#[derive(Clone, Copy, Debug)]
pub struct Interrupt;

impl<T: Interruptible> CutOff<T> for Interrupt {
    type Output = T;

    fn ready(output: T) -> T {
        output
    }

    fn cut(self, err: Error) -> T {
        T::interrupted(err)
    }
}

/// Cut off, the race is what the closure says.
pub struct Or<F>(F);

impl<F> Or<F> {
    pub(crate) fn new(otherwise: F) -> Self {
        Or(otherwise)
    }
}

impl<F> fmt::Debug for Or<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Or")
    }
}

impl<T, F: FnOnce(Error) -> T> CutOff<T> for Or<F> {
    type Output = T;

    fn ready(output: T) -> T {
        output
    }

    fn cut(self, err: Error) -> T {
        (self.0)(err)
    }
}

/// Cut off, the race is an `Err`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AsResult;

impl<T> CutOff<T> for AsResult {
    type Output = Result<T, Error>;

    fn ready(output: T) -> Self::Output {
        Ok(output)
    }

    fn cut(self, err: Error) -> Self::Output {
        Err(err)
    }
}
