use ctx_core::{Error, cancellable};

struct DrawingContext;

#[cancellable]
async fn borrowed(ctx: &DrawingContext) -> Result<(), Error> {
    let _ = ctx;
    Ok(())
}

#[cancellable]
async fn owned(ctx: u32) -> Result<(), Error> {
    let _ = ctx;
    Ok(())
}

fn main() {}
