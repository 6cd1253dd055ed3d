use std::rc::Rc;

use ctx_core::{Error, cancellable};

#[cancellable(send)]
trait Fetch {
    async fn fetch(&self) -> Result<u32, Error> {
        let held = Rc::new(1);
        std::future::ready(()).await;
        Ok(*held)
    }
}

fn main() {}
