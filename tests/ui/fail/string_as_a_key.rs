use ctx_core::Ctx;

fn main() {
    let ctx = Ctx::background().with_value("user");
    let _ = ctx.value::<String>();
    let _ = ctx.get::<u32>();
}
