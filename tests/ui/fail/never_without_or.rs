#[ctx_core::cancellable]
async fn f() -> ! {
    loop {
        tokio::task::yield_now().await;
    }
}

fn main() {}
