//! A plain function is expanded as any other.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::lints::Purpose;
use crate::{attribute, item, plain};

/// Whether the item is plain. What is wrong in one is left to the compiler to say.
pub(super) fn compare(item: &TokenStream) -> bool {
    let Some(short) = plain::expand(item.clone()) else {
        return false;
    };
    let long = attribute::any(Purpose::Running, TokenStream::new(), item.clone());
    // Whether two signs touch, and a last comma, are all that the parser forgets.
    let text = |tokens: TokenStream| tokens.to_string().replace(' ', "").replace(",)", ")");
    let (short, long) = (text(short), text(long));
    if !long.contains("compile_error") {
        assert_eq!(short, long);
    }
    true
}

#[test]
fn plain_functions_are_found_and_expanded_as_others() {
    for item in [
        quote!(
            async fn f() {}
        ),
        quote!(
            async fn f(x: u8) -> Result<(), Error> {
                g(ctx, x).await
            }
        ),
        quote!(
            pub(crate) async fn f(&self, mut x: Vec<u8>, y: &str) -> Result<[u8; 4], Error>
            where
                Self: Sized,
            {
                x.extend(y.bytes());
            }
        ),
        quote!(
            async fn f() -> io::Reply {
                ask()
            }
        ),
        quote!(
            async fn f() -> io::Reply<Page> {
                ask()
            }
        ),
        quote!(
            async fn f(&mut self) -> Result<Option<Page>> {
                self.g();
            }
        ),
        quote!(
            async fn f(mut self, _x: [u8; 4], x: u8) {
                x.into()
            }
        ),
        quote!(
            async fn f<T: Into<String>, const N: usize>(
                x: Option<&T>,
                y: impl Fn(u8),
            ) -> <T as Deref>::Target {
                y(x)
            }
        ),
        quote!(
            async fn f(&self, x: Option<u8>, mut y: &[u8], z: &str) -> Result<u8, Error> {
                match x {
                    Some(x) => Ok(x + y.len()),
                }
            }
        ),
        quote!(
            async fn f(mut self, x: Option<u8>, y: &str) {
                match x {
                    None => {}
                }
            }
        ),
        quote!(
            /** Says it. */
            #[inline]
            pub async fn r#type(x: &'static str) -> crate::Result<String> {
                x.to_owned()
            }
        ),
    ] {
        assert!(compare(&item), "{item}");
    }
}

#[test]
fn others_are_left_to_the_long_way() {
    for item in [
        quote!(
            fn f() {}
        ),
        quote!(
            async fn f();
        ),
        quote!(unsafe async fn f() {}),
        quote!(
            #[tracing::instrument]
            async fn f() {}
        ),
        quote!(
            #[track_caller]
            async fn f() {}
        ),
        quote!(
            async fn f<'a>(x: &'a str) {}
        ),
        quote!(
            async fn f(ctx: Ctx) {}
        ),
        quote!(
            async fn f(r#ctx: &App) {}
        ),
        quote!(
            async fn f(cx: &Ctx) {}
        ),
        quote!(
            async fn f(#[value] ip: &UserIp) {}
        ),
        quote!(
            async fn f((x, y): (u8, u8)) {}
        ),
        quote!(
            async fn f(_: u8) {}
        ),
        quote!(
            async fn f(self: Box<Self>) {}
        ),
        quote!(
            async fn f(mut x: u8) {
                x += 1;
            }
        ),
        quote!(
            async fn f(mut x: &str) {
                x = "";
            }
        ),
        quote!(
            async fn f(mut self) {
                self.x[0].y = 1;
            }
        ),
        quote!(
            async fn f(x: (&str)) {}
        ),
        quote!(
            async fn f(x: &str) -> &str {
                x
            }
        ),
        quote!(
            async fn f(x: impl Iterator<Item = &str>) {}
        ),
        quote!(
            async fn f() -> ! {
                loop {}
            }
        ),
        quote!(
            async fn f() -> Result<impl Display, Error> {
                Ok(1)
            }
        ),
        quote!(
            async fn f() -> Result<Self, Error> {
                new()
            }
        ),
        quote!(
            async fn f() -> Result<Box<dyn Read>, Error> {
                open()
            }
        ),
        quote!(
            async fn f() {
                #![allow(unused)]
            }
        ),
        "async fn f() {\n//! Says it.\n}".parse().unwrap(),
        "async fn f() {\n/*! Says it. */\n}".parse().unwrap(),
        quote!(
            async fn f(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8) {}
        ),
    ] {
        assert!(!compare(&item), "{item}");
    }
}

#[test]
fn a_lone_tail_is_found_in_text_as_in_tokens() {
    for (is_lone, body) in [
        (true, "{ a }"),
        (true, "{ letter }"),
        (true, "{ f(a, |b| { g(); b }) }"),
        (true, "{ f(\"a;b\", ';') }"),
        (true, r##"{ f(r#"a";b"#, b"\";") }"##),
        (true, "{ f!(a; b) }"),
        (true, "{ f! { a; b } }"),
        (true, "{ f! { a }.g(\";\") }"),
        (true, "{ a != b }"),
        (true, "{ if a { b(); } c }"),
        (false, "{}"),
        (false, "{ a; }"),
        (false, "{ let }"),
        (false, "{ let a = b; a }"),
        (false, "{ let (a, b) = c; a }"),
        (false, "{ f(\"a\"); let a = b; a }"),
        (false, "{ f(\"\\\";(\"); let a = b; a }"),
        (false, "{ f(); let a = b; a }"),
        (false, "{ f(|| { a; b }); c }"),
        (false, "{ f! { a } b }"),
        (false, "{ a / b; c }"),
        (true, "{ a.. }"),
        (false, "{ a. }"),
        (false, "{ f(a).await. }"),
        (false, "{ a:: }"),
        (false, "{ a + }"),
        (false, "{ a == }"),
        (false, "{ a < }"),
        (false, "{ match }"),
        (false, "{ match a }"),
        (false, "{ a as }"),
        (false, "{ use }"),
        (false, "{ use a::b }"),
        (false, "{ if a > 1 }"),
        (false, "{ if f(|| { a }) }"),
        (false, "{ if a { b } else }"),
        (false, "{ while a }"),
        (false, "{ for a in b() }"),
        (true, "{ match a { b => c } }"),
        (true, "{ format(a) }"),
        (true, "{ iffy }"),
        (true, "{ r#match }"),
        (true, "{ a_match }"),
        (true, "{ a.alias }"),
    ] {
        let mut trees = body.parse::<TokenStream>().unwrap().into_iter();
        let Some(TokenTree::Group(group)) = trees.next() else {
            panic!("{body} is a block")
        };
        let inside = body[1..body.len() - 1].trim();
        assert_eq!(item::is_lone(&group), is_lone, "{body}");
        assert_eq!(item::is_lone_in(&group, inside), is_lone, "{body}");
    }
}
