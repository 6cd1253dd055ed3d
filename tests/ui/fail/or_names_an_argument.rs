use ctx_core::cancellable;

#[cancellable(or = text)]
async fn f(text: String) -> String {
    text
}

#[cancellable(or = |err| format!("{} {}", err, text.len()))]
async fn g(text: String) -> String {
    text
}

struct S(u8);

impl S {
    #[cancellable(or = self.0)]
    async fn h(&self) -> u8 {
        self.0
    }
}

fn main() {}
