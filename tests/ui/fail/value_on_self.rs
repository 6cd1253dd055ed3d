use ctx_core::{Error, cancellable};

struct S;

impl S {
    #[cancellable]
    async fn f(#[value] &self) -> Result<(), Error> {
        Ok(())
    }
}

fn main() {}
