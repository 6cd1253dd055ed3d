use std::borrow::Cow;

use ctx_core::{Error, cancellable};

#[cancellable]
async fn f(text: &str) -> Result<Cow<str>, Error> {
    Ok(Cow::Borrowed(text))
}

fn main() {}
