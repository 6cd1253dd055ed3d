#[ctx_core::cancellable(or = "none")]
async fn f() -> u32 {
    1
}

#[ctx_core::cancellable(or = |err| err)]
async fn g() -> u32 {
    1
}

fn main() {}
