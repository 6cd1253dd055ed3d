//! The expansions find what they name where the prelude is not, and where every name of it is taken.
#![no_implicit_prelude]
#![deny(warnings)]
#![allow(dead_code, non_camel_case_types)]

mod core {}
mod std {}
mod tokio {}
mod ctx_core {}

struct Result;
struct Option;
struct Box;
struct Pin;
struct String;
struct Duration;
struct Ctx;
struct Error;
trait Future {}
trait Send {}
trait Clone {}
trait Deref {}
trait Debug {}
trait FnOnce {}
trait Key {}

struct bool;
struct str;
struct u8;
struct u32;
struct u64;
struct usize;

type n = ::core::primitive::u32;
type R = ::core::result::Result<n, ::ctx_core::Error>;

::ctx_core::ctx_key! {
    #[key(default = 1, header = "x-n")]
    struct N(n);
    #[key(secret)]
    struct S(n);
}

#[::ctx_core::cancellable(timeout = "1h", grace = "1s", or = |_| ::core::result::Result::Ok(1))]
async fn literals(taken: N, #[value] n: &N, #[value] s: ::core::option::Option<&S>) -> R {
    let _ = (taken, s);
    ::core::result::Result::Ok(n.0)
}

#[::ctx_core::cancellable(timeout = ::core::time::Duration::MAX, grace = ::core::time::Duration::MAX, current)]
async fn expressions(x: n) -> R {
    ::core::result::Result::Ok(x)
}

#[::ctx_core::cancellable(or = loop {})]
async fn never(x: n) -> ! {
    let _ = x;
    loop {}
}

#[::ctx_core::cancellable]
async fn owned(ctx: ::ctx_core::Ctx) -> R {
    let _ = ctx;
    ::core::result::Result::Ok(1)
}

#[::ctx_core::cancellable]
async fn declared<'a>(ctx: &::ctx_core::Ctx, _: &'a n, (a, _b): (n, n)) -> ::core::result::Result<&'a n, ::ctx_core::Error> {
    let _ = (ctx, a);
    ::core::result::Result::Ok(&1)
}

#[::ctx_core::cancellable(send)]
trait T {
    async fn without(&self) -> R;
    async fn with(&self) -> R {
        ::core::result::Result::Ok(1)
    }
}

#[::ctx_core::cancellable]
fn delegates() -> impl ::core::future::Future<Output = R> {
    owned(::core::clone::Clone::clone(ctx))
}

#[::ctx_core::cancellable(grace = "1s")]
fn boxes<'a>() -> ::core::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output = R> + 'a>> {
    ::std::boxed::Box::pin(owned(::core::clone::Clone::clone(ctx)))
}

#[::ctx_core::cancellable]
fn ends_in_a_block<'a>() -> ::core::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output = R> + 'a>> {
    ::std::boxed::Box::pin(async move {
        ctx.check()?;
        ::core::result::Result::Ok(1)
    })
}

#[::ctx_core::test]
async fn test() {}

#[::ctx_core::main(grace = "1s")]
async fn main() {}
