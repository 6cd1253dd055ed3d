use ctx_core::{Error, cancellable, ctx_key};

ctx_key! { struct User(String); }

#[cancellable]
async fn f(#[value] user: User) -> Result<usize, Error> {
    Ok(user.len())
}

fn main() {}
