//! What a function that was cut off returns.

use crate::Error;

/// Turns the error of a call that was cut off into what the call returns.
///
/// A `#[cancellable]` function whose context is done returns [`interrupted`](Interruptible::interrupted) in place of
/// its own result. Implement it for a return type of your own that can say so, such as a response that has a status.
///
/// It is implemented for `Result<T, E>` where `E: From<Error>`, and for `()`. `Option` has no implementation on purpose:
/// `None` would read as "not found".
///
/// ```
/// use ctx_core::{Ctx, Error, Interruptible, cancellable};
///
/// struct Reply {
///     status: u16,
/// }
///
/// impl Interruptible for Reply {
///     fn interrupted(err: Error) -> Self {
///         Reply { status: if err.is_deadline_exceeded() { 504 } else { 499 } }
///     }
/// }
///
/// #[cancellable(timeout = "5ms")]
/// async fn answer() -> Reply {
///     std::future::pending().await
/// }
///
/// # tokio_test::block_on(async {
/// assert_eq!(answer(&Ctx::background()).await.status, 504);
/// # });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say that it was cancelled",
    label = "what would a call that was cut off return here?",
    note = "return `Result<_, E>` where `E: From<ctx_core::Error>`, or write `#[cancellable(or = <expr>)]`"
)]
pub trait Interruptible {
    /// Makes the result of a call that `err` has ended. Its body has been dropped by then.
    ///
    /// ```
    /// # use ctx_core::{Ctx, Interruptible};
    /// let err = Ctx::background().with_timeout(std::time::Duration::ZERO).err().expect("past");
    /// let result = std::io::Result::<()>::interrupted(err);
    /// assert!(result.is_err_and(|err| err.kind() == std::io::ErrorKind::TimedOut));
    /// ```
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
