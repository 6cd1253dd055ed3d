use std::pin::Pin;

#[ctx_core::cancellable]
fn f() -> Pin<Box<dyn Future<Output = Result<(), ctx_core::Error>> + Send>> {
    Box::pin(async move { ctx.check() })
}

fn main() {}
