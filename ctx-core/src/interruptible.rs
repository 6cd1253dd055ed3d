//! What a function that was cut off returns.

use crate::Error;

/// Turns the error of a call that was cut off into what the call returns.
///
/// A `#[cancellable]` function whose context is done returns [`interrupted`](Interruptible::interrupted) in place of
/// its own result. Implement it for a return type of your own that can say so, such as a response that has a status.
///
/// `Option` has no implementation on purpose: `None` would read as "not found".
///
/// ```
/// use ctx_core::{Error, Interruptible};
///
/// enum Reply {
///     Found(String),
///     TimedOut,
/// }
///
/// impl Interruptible for Reply {
///     fn interrupted(_: Error) -> Self {
///         Reply::TimedOut
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say that it was cancelled",
    label = "what would a call that was cut off return here?",
    note = "return `Result<_, E>` where `E: From<ctx_core::Error>`, or write `#[cancellable(or = <expr>)]`"
)]
pub trait Interruptible {
    /// Makes the result of a call that `err` has ended.
    fn interrupted(err: Error) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T, E: From<Error>> Interruptible for Result<T, E> {
    fn interrupted(err: Error) -> Self {
        Err(E::from(err))
    }
}

/// For work whose caller does not ask how it ended.
impl Interruptible for () {
    fn interrupted(_: Error) {}
}
