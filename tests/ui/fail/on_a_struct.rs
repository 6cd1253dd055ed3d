#[ctx_core::cancellable]
pub struct S {
    n: u32,
}

#[ctx_core::cancellable]
mod m {
    pub async fn f() {}
}

fn main() {
    let _ = S { n: 1 }.n;
    let _ = m::f();
}
