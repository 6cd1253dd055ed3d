use ctx_core::{Error, cancellable};

trait Fetch {
    #[cancellable]
    async fn fetch(&self, key: &str) -> Result<(), Error>;
}

struct Real;

impl Fetch for Real {
    async fn fetch(&self, key: &str) -> Result<(), Error> {
        let _ = key;
        Ok(())
    }
}

fn main() {}
