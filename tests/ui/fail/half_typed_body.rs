use ctx_core::{Error, cancellable};

#[cancellable]
async fn method(text: String) -> Result<usize, Error> {
    text.
}

#[cancellable(timeout = "1s")]
async fn sum(n: usize) -> Result<usize, Error> {
    n +
}

fn main() {}
