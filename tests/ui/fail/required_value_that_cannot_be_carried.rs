use ctx_core::{cancellable, ctx_key};

ctx_key! { struct User(String); }

#[cancellable(or = 0)]
async fn f(#[value] user: &User) -> usize {
    user.len()
}

fn main() {}
