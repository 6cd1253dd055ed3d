ctx_core::ctx_key! {
    pub enum Level { Low, High }
    type Alias = u8;
    struct Fine(u8);
}

fn main() {
    let _ = Fine(1);
}
