ctx_core::ctx_key! {
    pub struct Pair(pub u8, pub u16);
    struct Named { n: u8 }
    struct Unit;
    struct Empty();
}

ctx_core::ctx_key! { struct Cut }

fn main() {}
