#[cfg(all())]
mod tests {
    #[ctx_core::cancellable]
    #[tokio::test]
    async fn f() -> Result<(), ctx_core::Error> {
        Ok(())
    }
}

#[ctx_core::cancellable]
#[tokio::main]
async fn main() {}
