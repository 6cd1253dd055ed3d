ctx_core::ctx_key! {
    struct First(u8)
    struct Second(u8);
    struct Third(u8)(u8);
}

ctx_core::ctx_key! { struct Last(u8) }

fn main() {
    let _ = (First(1), Second(2), Third(3), Last(4));
}
