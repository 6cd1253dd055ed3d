use ctx_core::{Error, cancellable, ctx_key};

ctx_key! { struct User(String); }

#[cancellable]
async fn f(#[value(optional)] user: Option<&User>, #[value] #[value] again: Option<&User>) -> Result<bool, Error> {
    Ok(user.is_some() && again.is_some())
}

fn main() {}
