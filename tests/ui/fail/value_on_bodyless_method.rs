use ctx_core::{Error, cancellable, ctx_key};

ctx_key! { struct User(String); }

trait Fetch {
    #[cancellable]
    async fn fetch(&self, #[value] user: &User) -> Result<(), Error>;
}

fn main() {}
