//! On a block: every async fn in it, with the block's options as defaults.
use ctx_core::{Ctx, Error, cancellable, ctx_key};

ctx_key! { struct User(String); }

#[cancellable]
trait Shop {
    const NAME: &'static str;

    type Item;

    async fn buy(&self, what: &str) -> Result<Self::Item, Error>;

    async fn browse(&self) -> Result<(), Error> {
        ctx.check()
    }

    fn open(&self) -> bool {
        true
    }

    #[cancellable(skip)]
    async fn greet(&self) -> &'static str {
        Self::NAME
    }
}

struct Corner<const N: usize>;

#[cancellable]
impl<const N: usize> Shop for Corner<{ N }>
where
    [u8; N]: Sized,
{
    const NAME: &'static str = "corner";

    type Item = (String, usize);

    async fn buy(&self, what: &str, #[value] user: Option<&User>) -> Result<Self::Item, Error> {
        Ok((
            format!("{what} for {}", user.map_or("all", |user| &user.0)),
            N,
        ))
    }
}

#[cancellable]
impl Corner<2> {
    #[cancellable(skip)]
    #[cfg_attr(all(), cancellable(timeout = "1h"))]
    async fn left_to_its_own(&self) -> Result<bool, Error> {
        Ok(ctx.deadline().is_some())
    }

    #[cancellable(skip)]
    #[cfg_attr(any(), cancellable)]
    async fn left_alone(&self) -> bool {
        true
    }
}

#[cancellable(timeout = "1h", or = |_| 0, ctx = cx)]
impl Corner<1> {
    async fn count(&self) -> u32 {
        u32::from(cx.deadline().is_some())
    }

    #[cancellable(timeout = "1ms", or = |err| u32::from(err.is_deadline_exceeded()) + 1)]
    async fn wait(&self) -> u32 {
        std::future::pending().await
    }

    #[cancellable(current)]
    async fn here(&self) -> u32 {
        u32::from(ctx.deadline().is_some())
    }

    fn sync(&self) {}
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let ctx = &Ctx::background().with_value(User("ann".into()));
    let corner = Corner::<1>;
    assert_eq!(
        corner.buy(ctx, "tea").await.unwrap(),
        ("tea for ann".into(), 1)
    );
    corner.browse(ctx).await.unwrap();
    assert!(corner.open());
    assert_eq!(corner.greet().await, "corner");
    assert_eq!(corner.count(ctx).await, 1);
    assert_eq!(corner.wait(ctx).await, 2);
    assert!(Corner::<2>.left_to_its_own(ctx).await.unwrap());
    assert!(Corner::<2>.left_alone().await);
    assert_eq!(corner.here().await, 1);
    corner.sync();
}
