//! Making contexts and letting go of them.

use ctx_core::Ctx;
use tokio_util::sync::CancellationToken;

use crate::meter::{both, each};
use crate::row::{Bound, Row, Sides, row};

const PEER: &str = "child_token";

pub(crate) fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = [0, 1, 1_000].into_iter().map(drop_among).collect();
    rows.push(
        row(
            "with_cancel + drop, two threads",
            PEER,
            Bound::Ratio(0.7),
            || {
                let (root, _) = detached();
                let token = CancellationToken::new();
                Sides::new(
                    both(move || {
                        let (_ctx, _cancel) = root.with_cancel();
                    }),
                    both(move || drop(token.child_token())),
                )
            },
        )
        .allocating(1.0),
    );
    rows.push(row(
        "with_cancel + cancel + drop",
        "child_token + cancel",
        Bound::Ratio(1.0),
        || {
            let (root, _) = detached();
            let token = CancellationToken::new();
            Sides::new(
                each(move || {
                    let (_ctx, cancel) = root.with_cancel();
                    cancel.cancel();
                }),
                each(move || token.child_token().cancel()),
            )
        },
    ));
    rows
}

/// A live root, which nobody cancels.
fn detached() -> (Ctx, ()) {
    let (root, cancel) = Ctx::background().with_cancel();
    (root, cancel.detach())
}

fn drop_among(siblings: usize) -> Row {
    let name = format!("with_cancel + drop, {siblings} siblings");
    row(name, PEER, Bound::Ratio(0.7), move || {
        let (root, _) = detached();
        let token = CancellationToken::new();
        let contexts: Vec<_> = (0..siblings).map(|_| root.with_cancel()).collect();
        let tokens: Vec<_> = (0..siblings).map(|_| token.child_token()).collect();
        Sides::new(
            each(move || {
                let _siblings = &contexts;
                let (_ctx, _cancel) = root.with_cancel();
            }),
            each(move || {
                let _siblings = &tokens;
                drop(token.child_token());
            }),
        )
    })
    .allocating(1.0)
}
