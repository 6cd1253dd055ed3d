ctx_core::ctx_key! {
    pub struct Wrapper<T: Clone>(pub T);
}

fn main() {}
