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
}

fn main() {}
