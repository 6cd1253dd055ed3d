struct MyError;

#[ctx_core::cancellable]
async fn f() -> Result<u32, MyError> {
    Ok(1)
}

fn main() {}
