use ctx_core::{Error, cancellable, ctx_key};

ctx_key! { struct User(String); }

#[cancellable(current)]
async fn f(#[value] user: &User) -> Result<&'static str, Error> {
    Ok(user)
}

fn main() {}
