//! What bodies do: early returns, labels, closures, items, recursion, inner attributes.
use ctx_core::{Ctx, Error, cancellable};

#[cancellable]
async fn early(n: u32) -> Result<u32, Error> {
    #![allow(clippy::needless_return)]
    if n == 0 {
        return Ok(0);
    }
    let m: u32 = "12".parse().map_err(|_| ctx.err().unwrap())?;
    return Ok(n + m);
}

#[cancellable]
async fn labelled() -> Result<u32, Error> {
    let mut n = 0;
    'outer: loop {
        for _ in 0..10 {
            n += 1;
            if n > 15 {
                break 'outer;
            }
        }
    }
    let m = 'block: {
        if n == 16 {
            break 'block 1;
        }
        2
    };
    Ok(n + m)
}

#[cancellable]
async fn items() -> Result<usize, Error> {
    use std::collections::HashMap as Result;
    struct Local(usize);
    impl Local {
        #[cancellable]
        async fn get(&self) -> std::result::Result<usize, Error> {
            Ok(self.0)
        }
    }
    const ONE: usize = 1;
    #[cancellable]
    async fn inner(n: usize) -> std::result::Result<usize, Error> {
        let _ = ctx;
        Ok(n + ONE)
    }
    let map: Result<u8, u8> = Result::new();
    let add = |n: usize| n + map.len();
    Ok(add(inner(ctx, Local(1).get(ctx).await?).await?))
}

#[cancellable]
async fn recursive(n: u64) -> Result<u64, Error> {
    if n < 2 {
        Ok(1)
    } else {
        Ok(n * Box::pin(recursive(ctx, n - 1)).await?)
    }
}

#[cancellable]
async unsafe fn dangerous(pointer: *const u8) -> Result<u8, Error> {
    Ok(unsafe { *pointer })
}

#[cancellable]
async fn nothing() {}

#[cancellable]
async fn inferred() -> Result<Vec<u8>, Error> {
    let list = Vec::new();
    let parsed = "1 2 3"
        .split(' ')
        .map(|word| word.parse())
        .collect::<std::result::Result<Vec<_>, _>>();
    if let Ok(parsed) = parsed {
        Ok(parsed)
    } else {
        Ok(list)
    }
}

#[cancellable]
async fn boxed_error() -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
    let n: u32 = "x".parse()?;
    Ok(n)
}

#[cancellable]
async fn existential(n: u8) -> Result<impl Iterator<Item = u8> + use<>, Error> {
    Ok(0..n)
}

#[cancellable(or = String::new())]
async fn existential_alone(text: &str) -> impl AsRef<str> {
    text.to_owned()
}

fn main() {
    let ctx = &Ctx::background();
    tokio_test::block_on(async {
        assert_eq!(early(ctx, 0).await.unwrap(), 0);
        assert_eq!(early(ctx, 1).await.unwrap(), 13);
        assert_eq!(labelled(ctx).await.unwrap(), 17);
        assert_eq!(items(ctx).await.unwrap(), 2);
        assert_eq!(recursive(ctx, 5).await.unwrap(), 120);
        let byte = 7;
        assert_eq!(unsafe { dangerous(ctx, &byte) }.await.unwrap(), 7);
        nothing(ctx).await;
        assert_eq!(inferred(ctx).await.unwrap(), [1, 2, 3]);
        assert!(boxed_error(ctx).await.is_err());
        assert_eq!(existential(ctx, 3).await.unwrap().sum::<u8>(), 3);
        assert_eq!(existential_alone(ctx, "a").await.as_ref(), "a");
    });
}
