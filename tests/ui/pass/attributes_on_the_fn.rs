//! Attributes of the language stay on the fn and on its parameters.
#![deny(warnings)]
use ctx_core::{Ctx, Error, cancellable};

/// Says so.
#[cfg(all())]
#[inline]
#[doc(hidden)]
#[deprecated]
#[cfg_attr(all(), allow(unused_variables))]
#[cancellable]
pub async fn old(
    #[cfg(all())] n: u32,
    #[cfg(any())] gone: Missing,
    #[allow(unused_mut)] mut m: u32,
) -> Result<(), Error> {
    Ok(())
}

#[cfg(any())]
#[cancellable]
async fn gone() -> Missing {}

#[must_use]
#[cancellable]
async fn important() -> Result<u32, Error> {
    Ok(1)
}

mod inner {
    use super::*;

    #[cancellable]
    pub(in crate::inner) async fn restricted() -> Result<(), Error> {
        Ok(())
    }

    #[cancellable]
    pub(crate) async fn visible() -> Result<(), Error> {
        restricted(ctx).await
    }
}

fn main() {
    let ctx = &Ctx::background();
    #[allow(deprecated)]
    tokio_test::block_on(old(ctx, 1, 2)).unwrap();
    assert_eq!(tokio_test::block_on(important(ctx)).unwrap(), 1);
    tokio_test::block_on(inner::visible(ctx)).unwrap();
}
