use ctx_core::{Error, cancellable, ctx_key};

ctx_key! { struct User(String); }

#[cancellable]
async fn two_values(#[value] user: &User, #[value] User(user): &User) -> Result<(), Error> {
    Ok(drop(user))
}

#[cancellable]
async fn value_and_argument(#[value] user: &User, user: u32) -> Result<(), Error> {
    Ok(drop(user))
}

fn main() {}
