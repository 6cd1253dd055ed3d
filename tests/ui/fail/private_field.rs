mod auth {
    ctx_core::ctx_key! { pub struct User(String); }
}

fn main() {
    let _ = auth::User(String::new());
}
