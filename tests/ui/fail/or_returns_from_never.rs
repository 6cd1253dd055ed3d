#[ctx_core::cancellable(or = |_| Ok(0))]
async fn closure() -> ! {
    std::future::pending().await
}

#[ctx_core::cancellable(or = 1)]
async fn value() -> ! {
    std::future::pending().await
}

fn main() {}
