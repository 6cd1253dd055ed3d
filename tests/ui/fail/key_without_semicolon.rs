ctx_core::ctx_key! {
    struct First(u8)
    struct Second(u8);
}

fn main() {
    let _ = (First(1), Second(2));
}
