//! A key can be declared where it is used, and one fn's is not another's.
use ctx_core::{Ctx, ctx_key};

fn with_user(ctx: &Ctx) -> Ctx {
    ctx_key! { struct User(&'static str); }
    let ctx = ctx.with_value(User("ann"));
    assert_eq!(ctx.get::<User>().unwrap().0, "ann");
    ctx
}

fn main() {
    ctx_key! {
        #[key(default = "nobody")]
        struct User(&'static str);
    }
    let ctx = with_user(&Ctx::background());
    assert_eq!(ctx.get::<User>().unwrap().0, "nobody");
}
