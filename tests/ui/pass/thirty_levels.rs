//! Thirty nested calls compile under the default recursion limit, also where they must be `Send`.
use ctx_core::{Ctx, Error, cancellable};

macro_rules! levels {
    ($name:ident) => {
        #[cancellable]
        async fn $name(n: u32) -> Result<u32, Error> {
            ctx.check().map(|()| n)
        }
    };
    ($name:ident $next:ident $($rest:ident)*) => {
        levels!($next $($rest)*);
        #[cancellable]
        async fn $name(n: u32) -> Result<u32, Error> {
            $next(ctx, n + 1).await
        }
    };
}
levels!(
    f01 f02 f03 f04 f05 f06 f07 f08 f09 f10
    f11 f12 f13 f14 f15 f16 f17 f18 f19 f20
    f21 f22 f23 f24 f25 f26 f27 f28 f29 f30
);

fn is_send<T: Send>(future: T) -> T {
    future
}

fn main() {
    let ctx = Ctx::background();
    assert_eq!(tokio_test::block_on(is_send(f01(&ctx, 1))).unwrap(), 30);
}
