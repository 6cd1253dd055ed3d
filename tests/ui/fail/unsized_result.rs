use ctx_core::{Error, cancellable};

#[cancellable]
async fn title() -> Result<str, Error> {
    ctx.check()?;
    loop {}
}

fn main() {}
