use ctx_core::ctx_key;

ctx_key! {
    struct Text(str);
}

fn main() {}
