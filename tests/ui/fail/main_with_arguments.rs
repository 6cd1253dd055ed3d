#[ctx_core::main]
async fn main(ctx: &ctx_core::Ctx, port: u16) {
    ctx.done().await;
}

#[ctx_core::test]
async fn test(port: u16) {}
