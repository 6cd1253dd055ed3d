//! The expansion uses no name that the user could have taken.
#![allow(dead_code, non_camel_case_types)]

mod core {}
mod std {}

struct Result;
struct Option;
struct Box;
struct Ok;
struct Err;
struct Some;
struct None;
trait Future {}

type R = ::core::result::Result<u32, ctx_core::Error>;

const hint: u32 = 1;
const source: u32 = 2;
const race: u32 = 3;
const __arg1: u8 = 4;
const __own: u8 = 5;

ctx_core::ctx_key! {
    #[key(default = 1, header = "x-n")]
    struct N(u32);
    #[key(secret)]
    struct S(u32);
}

#[ctx_core::cancellable(timeout = "1h", grace = "1s", or = |_| ::core::result::Result::Ok(hint))]
async fn f(
    value: u32,
    err: u32,
    own: u32,
    after: u32,
    (narrowed, future): (u32, u32),
    #[value] n: &N,
) -> R {
    let sum = value + err + own + after + narrowed + future + hint + source + race + n.0;
    ::core::result::Result::Ok(sum)
}

#[ctx_core::cancellable(timeout = "1h")]
async fn of_constants(ctx: ctx_core::Ctx, (a, b): (u32, u32)) -> R {
    ctx.check().map(|()| a + b)
}

struct Ctx;

#[ctx_core::cancellable]
async fn own_ctx_type(other: Ctx) -> R {
    let _ = (other, ctx.is_done());
    ::core::result::Result::Ok(1)
}

fn main() {
    let ctx = ctx_core::Ctx::background();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    assert_eq!(runtime.block_on(f(&ctx, 1, 1, 1, 1, (1, 1))).unwrap(), 13);
    assert_eq!(runtime.block_on(of_constants(ctx.clone(), (1, 1))).unwrap(), 2);
    assert_eq!(runtime.block_on(own_ctx_type(&ctx, Ctx)).unwrap(), 1);
}
