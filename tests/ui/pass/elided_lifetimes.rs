//! Elided output lifetimes mean what they meant before there was a context.
use std::borrow::Cow;

use ctx_core::{Ctx, Error, cancellable, ctx_key};

ctx_key! { struct Name(String); }

#[cancellable]
async fn of_the_argument(text: &str) -> Result<&str, Error> {
    Ok(text)
}

#[cancellable]
async fn of_the_named_one<'a>(text: &'a str, _again: &'a str) -> Result<&str, Error> {
    Ok(text)
}

#[cancellable]
async fn of_a_written_one(text: Cow<'_, str>) -> Result<(&Name, Cow<'_, str>), Error> {
    static NAME: std::sync::OnceLock<Name> = std::sync::OnceLock::new();
    Ok((NAME.get_or_init(|| Name("n".into())), text))
}

#[cancellable]
async fn of_the_context(_n: u32, #[value] name: &Name) -> Result<&str, Error> {
    Ok(name)
}

#[cancellable]
async fn not_of_a_callback(
    text: &str,
    by: impl Fn(&str) -> &str,
    _by: fn(&str) -> &str,
) -> Result<&str, Error> {
    by("x");
    Ok(text)
}

#[cancellable]
async fn of_what_is_there(#[cfg(any())] text: &u8, #[cfg(all())] text: &str) -> Result<&str, Error> {
    Ok(text)
}

#[cancellable]
async fn of_a_list(list: &mut [String]) -> Result<Option<&mut String>, Error> {
    Ok(list.first_mut())
}

fn main() {
    let text = String::from("text");
    let named = Ctx::background().with_value(Name("ann".into()));
    let mut list = vec![String::from("a")];
    tokio_test::block_on(async {
        let (a, b, c, d, e, f);
        {
            let (short, _cancel) = Ctx::background().with_cancel();
            a = of_the_argument(&short, &text).await.unwrap();
            b = of_the_named_one(&short, &text, &text).await.unwrap();
            c = of_a_written_one(&short, Cow::Borrowed(&text))
                .await
                .unwrap()
                .1;
            d = not_of_a_callback(&short, &text, |x| x, |x| x)
                .await
                .unwrap();
            f = of_what_is_there(&short, &text).await.unwrap();
            e = of_a_list(&short, &mut list).await.unwrap();
        }
        assert_eq!([a, b, &*c, d, f], ["text"; 5]);
        e.unwrap().push('b');
        assert_eq!(of_the_context(&named, 1).await.unwrap(), "ann");
    });
    assert_eq!(list, ["ab"]);
}
