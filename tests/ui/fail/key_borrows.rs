use std::borrow::Cow;

ctx_core::ctx_key! {
    struct Text(&str);
    struct Words(Vec<Cow<'_, str>>);
    pub struct Named(pub &'a str);
}

fn main() {
    let _ = Text("x");
}
