use ctx_core::{Error, cancellable};

#[cancellable]
async fn f(text: String) -> Result<String, Error> {
    drop(text);
    Ok(text)
}

fn main() {}
