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

#[cancellable(or = format!("{text:?}"))]
async fn i(text: String) -> String {
    text
}

#[cancellable(or = |err| format!("{err:1$} {{text}} {}", 1, width))]
async fn j(text: String, width: usize) -> String {
    format!("{text:width$}")
}

#[cancellable(or = |err| format!("{err:width$}"))]
async fn k(width: usize) -> String {
    format!("{width}")
}

fn main() {}
