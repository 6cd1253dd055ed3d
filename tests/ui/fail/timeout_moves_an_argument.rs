use std::time::Duration;

fn take(text: String) -> Duration {
    Duration::from_secs(text.len() as u64)
}

#[ctx_core::cancellable(timeout = take(text))]
async fn f(text: String) -> Result<(), ctx_core::Error> {
    Ok(())
}

fn main() {}
