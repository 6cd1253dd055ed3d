//! What a call returns may outlive the context that it was called with.
use ctx_core::{Ctx, Error, cancellable};

#[cancellable]
async fn first(text: &str) -> Result<&str, Error> {
    Ok(text.split(' ').next().unwrap_or(""))
}

#[cancellable(timeout = "1h")]
async fn outer(text: &str) -> Result<&str, Error> {
    first(ctx, text).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let text = String::from("a b");
    let word = {
        let (short, _cancel) = Ctx::background().with_cancel();
        outer(&short, &text).await.unwrap()
    };
    assert_eq!(word, "a");
}
