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

trait Serve {
    #[cancellable(send)]
    async fn serve(&self) -> !;

    #[cancellable(or = std::process::exit(0))]
    async fn serve_twice(&self) -> ! {
        self.serve(ctx).await
    }
}

impl Serve for u32 {
    #[cancellable(or = std::process::exit(0))]
    async fn serve(&self) -> ! {
        std::future::pending().await
    }
}

fn is_send(serve: &(impl Serve + Sync), ctx: &Ctx) -> impl Future<Output: Sized> + Send {
    serve.serve(ctx)
}

// Names that the expression binds itself.
#[cancellable(or = { let x = NONE; x })]
async fn bound_by_let(x: u32) -> u32 {
    x
}

#[cancellable(or = |err| match err.is_cancelled() { false => 1, x if x => u32::from(x), x => u32::from(x) })]
async fn bound_by_an_arm(x: u32) -> u32 {
    x
}

#[cancellable(or = [1, 2].map(|x| x + 1).iter().map(|&x| { let mut n = 0; for x in 0..x { n += x; } n }).sum())]
async fn bound_by_closures(x: u32, n: u32) -> u32 {
    x + n
}

#[cancellable(or = format!("{x} {{n}} {n}", x = 1, n = 2))]
async fn bound_by_a_macro(x: u32, n: u32) -> String {
    format!("{x} {n}")
}

fn main() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    assert_eq!(tokio_test::block_on(count(&ctx, 3)), 3);
    cancel.cancel();
    assert_eq!(tokio_test::block_on(count(&ctx, 3)), 0);
    assert_eq!(tokio_test::block_on(find(&ctx, 3)), None);
    assert_eq!(tokio_test::block_on(list(&ctx, 'x')), []);
    assert_eq!(tokio_test::block_on(bound_by_let(&ctx, 3)), 0);
    assert_eq!(tokio_test::block_on(bound_by_an_arm(&ctx, 3)), 1);
    assert_eq!(tokio_test::block_on(bound_by_closures(&ctx, 3, 4)), 4);
    assert_eq!(tokio_test::block_on(bound_by_a_macro(&ctx, 3, 4)), "1 {n} 2");
    drop((is_send(&1, &ctx), 1.serve_twice(&ctx)));
    tokio_test::block_on(serve(&ctx))
}
