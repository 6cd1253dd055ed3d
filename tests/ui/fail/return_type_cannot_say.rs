#[ctx_core::cancellable]
async fn number() -> u32 {
    1
}

#[ctx_core::cancellable]
async fn option(n: u8) -> Option<u8> {
    Some(n)
}

fn main() {}
