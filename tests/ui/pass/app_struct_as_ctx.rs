//! An application's own struct can be the context.
use ctx_core::{Ctx, Error, cancellable, ctx_key};

struct App {
    ctx: Ctx,
    name: String,
}

impl AsRef<Ctx> for App {
    fn as_ref(&self) -> &Ctx {
        &self.ctx
    }
}

ctx_key! { pub struct User(pub String); }

#[cancellable(ctx = app)]
async fn greet<'a>(app: &'a App, #[value] user: &'a User) -> Result<(&'a str, &'a str), Error> {
    tokio::task::yield_now().await;
    Ok((&app.name, &user.0))
}

#[cancellable(ctx = app)]
async fn consume(#[value] User(user): &User, app: App) -> Result<String, Error> {
    Ok(format!("{} {user}", app.name))
}

fn main() {
    let (ctx, cancel) = Ctx::background()
        .with_value(User("ann".into()))
        .with_cancel();
    let app = App {
        ctx,
        name: "shop".into(),
    };
    assert_eq!(tokio_test::block_on(greet(&app)).unwrap(), ("shop", "ann"));
    cancel.cancel();
    assert!(
        tokio_test::block_on(greet(&app))
            .unwrap_err()
            .is_cancelled()
    );
    assert!(
        tokio_test::block_on(consume(app))
            .unwrap_err()
            .is_cancelled()
    );
}
