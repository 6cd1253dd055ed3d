use ctx_core::{Error, cancellable};

#[cancellable(timeout = "300")]
async fn no_unit() -> Result<(), Error> {
    Ok(())
}

#[cancellable(timeout = "ms")]
async fn no_number() -> Result<(), Error> {
    Ok(())
}

#[cancellable(timeout = "3 days")]
async fn no_such_unit() -> Result<(), Error> {
    Ok(())
}

#[cancellable(timeout = "1.5s")]
async fn fraction() -> Result<(), Error> {
    Ok(())
}

#[cancellable(timeout = 300)]
async fn bare_number() -> Result<(), Error> {
    Ok(())
}

#[cancellable(timeout = 300ms)]
async fn no_quotes() -> Result<(), Error> {
    Ok(())
}

#[cancellable(grace = "")]
async fn empty() -> Result<(), Error> {
    Ok(())
}

#[cancellable(grace = true)]
async fn no_duration() -> Result<(), Error> {
    Ok(())
}

#[cancellable(timeout = "99999999999999999999s")]
async fn too_long() -> Result<(), Error> {
    Ok(())
}

fn main() {}
