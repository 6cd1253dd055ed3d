ctx_core::ctx_key! {
    pub struct Wrapper<T: Clone>(pub T);
    struct Bound(u8) where u8: Copy;
}

fn main() {}
