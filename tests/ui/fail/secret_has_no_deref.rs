ctx_core::ctx_key! {
    #[key(secret)]
    struct Token(String);
}

fn main() {
    let _ = Token(String::new()).len();
}
