#[ctx_core::cancellable(or = |err, more| 1)]
async fn f() -> u32 {
    1
}

fn main() {}
