//! Functions made by macros, whose name for the context and whose body come from different places.
use ctx_core::{Ctx, Error, cancellable};

macro_rules! with_body {
    ($name:ident, $body:block) => {
        #[cancellable]
        async fn $name(n: u32) -> Result<u32, Error> $body
    };
}
with_body!(uses_the_callers_ctx, {
    ctx.check()?;
    Ok(1)
});

macro_rules! with_ctx {
    ($name:ident, $ctx:ident, $value:expr) => {
        #[cancellable(ctx = $ctx)]
        async fn $name() -> Result<u32, Error> {
            Ok($value)
        }
    };
}
with_ctx!(reads, cx, if cx.is_done() { 0 } else { 2 });

macro_rules! whole {
    ($($item:item)*) => { $(#[cancellable] $item)* };
}
whole! {
    async fn first() -> Result<u32, Error> {
        second(ctx).await
    }
    async fn second() -> Result<u32, Error> {
        Ok(3)
    }
}

macro_rules! returns_block {
    ($name:ident, $block:block) => {
        #[cancellable(timeout = "1h")]
        fn $name() -> impl Future<Output = Result<bool, Error>> {
            async move $block
        }
    };
}
returns_block!(narrows, { Ok(ctx.deadline().is_some()) });

macro_rules! own_ctx {
    ($name:ident) => {
        #[cancellable]
        async fn $name(ctx: &Ctx) -> Result<bool, Error> {
            Ok(ctx.is_done())
        }
    };
}
own_ctx!(declares);

fn main() {
    let ctx = &Ctx::background();
    tokio_test::block_on(async {
        assert_eq!(uses_the_callers_ctx(ctx, 0).await.unwrap(), 1);
        assert_eq!(reads(ctx).await.unwrap(), 2);
        assert_eq!(first(ctx).await.unwrap(), 3);
        assert!(!declares(ctx).await.unwrap());
        assert!(narrows(ctx).await.unwrap());
    });
}
