use ctx_core::{Error, cancellable};

#[cancellable(send)]
pub async fn free() -> Result<(), Error> {
    Ok(())
}

struct S;

#[cancellable(send)]
impl S {
    async fn f(&self) -> Result<(), Error> {
        Ok(())
    }
}

fn main() {}
