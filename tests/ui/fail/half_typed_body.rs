use ctx_core::{Error, cancellable};

#[cancellable]
async fn method(text: String) -> Result<usize, Error> {
    text.
}

#[cancellable(timeout = "1s")]
async fn sum(n: usize) -> Result<usize, Error> {
    n +
}

#[cancellable]
async fn choice(n: usize) -> Result<usize, Error> {
    match n
}

#[cancellable]
async fn branch(n: usize) -> Result<usize, Error> {
    if n > 1
}

#[cancellable]
async fn cast(n: usize) -> Result<usize, Error> {
    n as
}

fn main() {}
