use std::io;

use ctx_core::cancellable;

trait Foreign {
    async fn handle(&self, input: &str) -> io::Result<()>;
}

struct Handler;

impl Foreign for Handler {
    #[cancellable]
    async fn handle(&self, input: &str) -> io::Result<()> {
        let _ = input;
        Ok(())
    }
}

fn main() {}
