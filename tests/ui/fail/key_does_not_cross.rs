use ctx_core::{Ctx, ctx_key};

mod a {
    ctx_core::ctx_key! { pub struct User(pub u8); }
}

ctx_key! { struct User(u8); }

fn main() {
    let ctx = Ctx::background().with_value(a::User(1));
    let _: Option<&User> = ctx.value::<a::User>();
}
