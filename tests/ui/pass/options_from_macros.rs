//! Options whose values a macro hands on, or that stand in parentheses.
use std::time::Duration;

use ctx_core::{Ctx, Error, cancellable};

macro_rules! with_literals {
    ($timeout:literal, $grace:literal) => {
        #[cancellable(timeout = $timeout, grace = $grace)]
        async fn with_literals() -> Result<bool, Error> {
            Ok(ctx.deadline().is_some())
        }
    };
}
with_literals!("1h", "1m");

macro_rules! with_expressions {
    ($timeout:expr, $grace:expr) => {
        #[cancellable(timeout = $timeout, grace = $grace)]
        async fn with_expressions() -> Result<bool, Error> {
            Ok(ctx.deadline().is_some())
        }
    };
}
with_expressions!("1h", Duration::from_secs(60));

macro_rules! or {
    ($name:ident, $or:expr) => {
        #[cancellable(or = $or)]
        async fn $name() -> u32 {
            1
        }
    };
}
or!(or_closure, |err| u32::from(err.is_cancelled()) + 2);
or!(or_value, 2 + 2);

#[cancellable(timeout = ("1h"), grace = (("1m")))]
async fn in_parentheses() -> Result<bool, Error> {
    Ok(ctx.deadline().is_some())
}

#[cancellable(or = (|_| 5))]
async fn or_in_parentheses() -> u32 {
    1
}

#[cancellable(or = (3 + 2) * 2)]
async fn or_computed() -> u32 {
    1
}

macro_rules! exits {
    ($or:expr) => {
        #[cancellable(or = $or)]
        async fn exits() -> ! {
            std::future::pending().await
        }
    };
}
exits!(|_| std::process::exit(0));

fn main() {
    let (ctx, cancel) = &Ctx::background().with_cancel();
    tokio_test::block_on(async {
        assert!(with_literals(ctx).await.unwrap());
        assert!(with_expressions(ctx).await.unwrap());
        assert!(in_parentheses(ctx).await.unwrap());
        cancel.cancel();
        assert_eq!(or_closure(ctx).await, 3);
        assert_eq!(or_value(ctx).await, 4);
        assert_eq!(or_in_parentheses(ctx).await, 5);
        assert_eq!(or_computed(ctx).await, 10);
        exits(ctx).await
    })
}
