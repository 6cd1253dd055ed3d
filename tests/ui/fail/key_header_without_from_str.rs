ctx_core::ctx_key! {
    #[key(header = "x-list")]
    struct List(Vec<u8>);
}

fn main() {}
