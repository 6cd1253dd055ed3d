//! Thirty nested calls compile under the default recursion limit, also where they must be `Send`.
use ctx_core::{Ctx, Error, cancellable};

macro_rules! levels {
    ($name:ident) => {
        #[cancellable]
        async fn $name(n: u32) -> Result<u32, Error> {
            tokio::task::yield_now().await;
            Ok(n)
        }
    };
    ($name:ident $next:ident $($rest:ident)*) => {
        #[cancellable]
        async fn $name(n: u32) -> Result<u32, Error> {
            $next(ctx, n + 1).await
        }
        levels!($next $($rest)*);
    };
}
levels!(
    f01 f02 f03 f04 f05 f06 f07 f08 f09 f10
    f11 f12 f13 f14 f15 f16 f17 f18 f19 f20
    f21 f22 f23 f24 f25 f26 f27 f28 f29 f30
);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let task = tokio::spawn(async {
        let ctx = Ctx::background();
        f01(&ctx, 1).await
    });
    assert_eq!(task.await.unwrap().unwrap(), 30);
}
