ctx_core::ctx_key! {
    #[key(secret)]
    #[derive(Clone, Debug)]
    struct Token(String);

    #[key(secret)]
    #[cfg_attr(all(), derive(Debug))]
    struct Password(String);
}

fn main() {
    let _ = Token(String::new()).clone();
}
