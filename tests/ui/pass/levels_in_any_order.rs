//! Twenty-four nested calls compile under the default recursion limit although each caller stands before its callee, so that the
//! compiler has to lay all of them out at once. It needs five steps for a level, where a plain fn takes four and thirty
//! levels are all it manages: the fifth is the type around the body, which any race must have.
use ctx_core::{Ctx, Error, cancellable};

macro_rules! levels {
    ($name:ident) => {
        #[cancellable]
        async fn $name(n: u32) -> Result<u32, Error> {
            tokio::task::yield_now().await;
            ctx.check().map(|()| n)
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
    f01 f02 f03 f04 f05 f06 f07 f08 f09 f10 f11 f12
    f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23 f24
);

#[tokio::main]
async fn main() {
    let task = tokio::spawn(async { f01(&Ctx::background(), 1).await });
    assert_eq!(task.await.unwrap().unwrap(), 24);
}
