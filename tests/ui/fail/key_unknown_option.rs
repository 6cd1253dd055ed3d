ctx_core::ctx_key! {
    #[key(defualt = 1)]
    struct A(u8);
    #[key(inherited)]
    struct B(u8);
    #[key]
    struct C(u8);
    #[key(secret, secret)]
    struct D(u8);
    #[key(default)]
    struct E(u8);
    #[key(secrt, header = "X", defualt = 1)]
    struct F(u8);
    #[key(secret = true, default = , header)]
    struct G(u8);
    #[key(secret "x")]
    struct H(u8);
    #[key("x")]
    struct I(u8);
}

fn main() {}
