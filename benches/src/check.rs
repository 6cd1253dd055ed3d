//! Looking at a live context.

use std::time::Duration;

use ctx_core::Ctx;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::meter::{Side, both, each};
use crate::row::{Bound, Row, Sides, row};

const PEER: &str = "is_cancelled";
const HOUR: Duration = Duration::from_secs(3600);

fn live(depth: usize) -> Ctx {
    let mut ctx = Ctx::background();
    for _ in 0..depth {
        let (child, cancel) = ctx.with_cancel();
        cancel.detach();
        ctx = child;
    }
    ctx
}

fn token(depth: usize) -> CancellationToken {
    (1..depth).fold(CancellationToken::new(), |token, _| token.child_token())
}

fn token_side(depth: usize) -> Side {
    let token = token(depth);
    each(move || token.is_cancelled())
}

pub(crate) fn rows() -> Vec<Row> {
    vec![
        row("is_done, one thread", PEER, Bound::Ratio(0.25), || {
            let ctx = live(1);
            Sides::new(each(move || ctx.is_done()), token_side(1))
        }),
        row("check, one thread", PEER, Bound::Ratio(0.25), || {
            let ctx = live(1);
            Sides::new(each(move || ctx.check().is_ok()), token_side(1))
        }),
        row("is_done, two threads", PEER, Bound::Ratio(0.15), || {
            let (ctx, token) = (live(1), token(1));
            Sides::new(
                both(move || ctx.is_done()),
                both(move || token.is_cancelled()),
            )
        }),
        row("check, two threads", PEER, Bound::Ratio(0.15), || {
            let (ctx, token) = (live(1), token(1));
            Sides::new(
                both(move || ctx.check().is_ok()),
                both(move || token.is_cancelled()),
            )
        }),
        row(
            "is_done, end of a chain of 8",
            PEER,
            Bound::Ratio(1.5),
            || {
                let ctx = live(8);
                Sides::new(each(move || ctx.is_done()), token_side(8))
            },
        ),
        row(
            "check, end of a chain of 8",
            PEER,
            Bound::Ratio(1.5),
            || {
                let ctx = live(8);
                Sides::new(each(move || ctx.check().is_ok()), token_side(8))
            },
        ),
        row(
            "check with a deadline",
            "now() >= at",
            Bound::Nanoseconds(3.0),
            || {
                let at = Instant::now() + HOUR;
                let ctx = live(1).with_deadline(at);
                Sides::new(
                    each(move || ctx.check().is_ok()),
                    each(move || Instant::now() >= std::hint::black_box(at)),
                )
            },
        ),
    ]
}
