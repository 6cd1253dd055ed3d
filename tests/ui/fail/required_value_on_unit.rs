use ctx_core::{cancellable, ctx_key};

ctx_key! { struct User(String); }

#[cancellable]
async fn f(#[value] user: &User) {
    let _ = user;
}

fn main() {}
