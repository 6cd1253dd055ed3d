use ctx_core::Error;

mod below {
    use super::Error;

    #[ctx_core::cancellable(current)]
    #[tokio::main]
    async fn main() -> Result<str, Error> {
        loop {}
    }
}

mod ours {
    #[ctx_core::main]
    async fn main() -> str {
        loop {}
    }
}

fn main() {}
