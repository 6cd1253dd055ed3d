use ctx_core::{Error, cancellable, ctx_key};

ctx_key! { struct User(String); }

#[cancellable]
async fn f(#[value] Some(user): Option<&User>) -> Result<usize, Error> {
    Ok(user.len())
}

fn main() {}
