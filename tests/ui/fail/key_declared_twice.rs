use ctx_core::ctx_key;

ctx_key! {
    struct Twice(u8);
    struct Twice(u8);
}

fn main() {}
