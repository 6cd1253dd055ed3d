//! A private field means that only its module can make the value; two modules' keys of one name never meet.
use ctx_core::Ctx;

mod auth {
    use ctx_core::{Ctx, ctx_key};

    ctx_key! { pub struct User(String); }

    pub fn log_in(ctx: &Ctx, name: &str) -> Ctx {
        ctx.with_value(User(name.into()))
    }
}

mod other {
    ctx_core::ctx_key! { pub struct User(pub u32); }
}

fn main() {
    let ctx = auth::log_in(&Ctx::background(), "ann").with_value(other::User(7));
    assert_eq!(ctx.get::<auth::User>().unwrap().as_str(), "ann");
    assert_eq!(**ctx.get::<other::User>().unwrap(), 7);
}
