ctx_core::ctx_key! {
    #[key(default = "one")]
    struct A(u8);
}

fn main() {}
