//! A future is `Send` when its body is, and `'static` with an owned context.
use std::rc::Rc;

use ctx_core::{Ctx, Error, cancellable, ctx_key};

ctx_key! {
    #[derive(Clone)]
    struct User(String);
}

#[cancellable(timeout = "1s", grace = "1s")]
async fn sendable(text: String, #[value] user: &User) -> Result<String, Error> {
    tokio::task::yield_now().await;
    Ok(text + user)
}

#[cancellable(current, timeout = "1s")]
async fn detached(#[value] user: User) -> Result<String, Error> {
    tokio::task::yield_now().await;
    Ok(user.to_string())
}

#[cancellable]
async fn local(n: Rc<u32>) -> Result<u32, Error> {
    tokio::task::yield_now().await;
    Ok(*n)
}

fn is_send<T: Send>(future: T) -> T {
    future
}

fn is_static<T: 'static>(future: T) -> T {
    future
}

fn main() {
    let ctx = Ctx::background();
    drop(is_send(sendable(&ctx, String::new())));
    drop(is_static(is_send(detached())));
    assert_eq!(tokio_test::block_on(local(&ctx, Rc::new(1))).unwrap(), 1);
}
