//! `or` is for return types that cannot carry the error.
use ctx_core::{Ctx, cancellable};

const NONE: u32 = 0;

#[cancellable(or = NONE)]
async fn count(n: u32) -> u32 {
    n
}

#[cancellable(or = None)]
async fn find(n: u32) -> Option<u32> {
    Some(n)
}

#[cancellable(or = Vec::new())]
async fn list<T: Clone>(item: T) -> Vec<T> {
    vec![item.clone(), item]
}

#[cancellable(or = std::process::exit(0))]
async fn serve() -> ! {
    loop {
        tokio::task::yield_now().await;
    }
}

fn main() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    assert_eq!(tokio_test::block_on(count(&ctx, 3)), 3);
    cancel.cancel();
    assert_eq!(tokio_test::block_on(count(&ctx, 3)), 0);
    assert_eq!(tokio_test::block_on(find(&ctx, 3)), None);
    assert_eq!(tokio_test::block_on(list(&ctx, 'x')), []);
    tokio_test::block_on(serve(&ctx))
}
