#[ctx_core::main(flavor = "current_thread", timeout = "1s")]
async fn main() {}

#[ctx_core::test(grace = "1s", current)]
async fn test() {}
