use ctx_core::{Error, cancellable};

trait Fetch {
    #[cancellable(timeout = "1s", grace = "1s", or = Ok(()))]
    async fn fetch(&self) -> Result<(), Error>;

    #[cancellable(current)]
    async fn other(&self) -> Result<(), Error>;
}

fn main() {}
