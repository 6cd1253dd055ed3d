ctx_core::ctx_key! {
    #[key(header = "X-Request-Id")]
    struct A(u8);
    #[key(header = "x request id")]
    struct B(u8);
    #[key(header = "")]
    struct C(u8);
    #[key(header = 5)]
    struct D(u8);
}

fn main() {}
