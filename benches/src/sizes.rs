//! Bytes: of live contexts, and of the futures of annotated fns.

use std::future::Future;

use ctx_core::{Ctx, Error, cancellable};
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;

use crate::alloc::counted;
use crate::row::{Row, figure};

const LIVE: usize = 1_000;
/// What an annotation may add to the future of a plain fn, for each level.
const LEVEL: usize = 64;

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![live_children()];
    rows.extend(futures());
    rows
}

fn live_children() -> Row {
    let (root, _cancel) = Ctx::background().with_cancel();
    let ours = each_live(|| root.with_cancel());
    let token = CancellationToken::new();
    let peer = each_live(|| token.child_token());
    figure(
        "bytes per live child",
        "child_token",
        ours,
        Some(peer),
        peer,
    )
}

/// What is allocated for each, without the list they are in.
fn each_live<T>(make: impl Fn() -> T) -> f64 {
    let mut all = Vec::with_capacity(LIVE);
    let ((), counted) = counted(|| all.extend((0..LIVE).map(|_| make())));
    counted.live as f64 / LIVE as f64
}

/// Eight levels of one fn, each calling the next: annotated, plain, instrumented, and with `select!`.
macro_rules! levels {
    ($($level:ident $next:ident)*) => {
        mod ours {
            use super::*;
            #[cancellable]
            pub(super) async fn level0<const N: usize>(bytes: [u8; N]) -> Result<usize, Error> {
                yield_now().await;
                Ok(bytes.len())
            }
            $(#[cancellable]
            pub(super) async fn $level<const N: usize>(bytes: [u8; N]) -> Result<usize, Error> {
                $next(ctx, bytes).await
            })*
        }
        mod plain {
            use super::*;
            pub(super) async fn level0<const N: usize>(_ctx: &Ctx, bytes: [u8; N]) -> Result<usize, Error> {
                yield_now().await;
                Ok(bytes.len())
            }
            $(pub(super) async fn $level<const N: usize>(ctx: &Ctx, bytes: [u8; N]) -> Result<usize, Error> {
                $next(ctx, bytes).await
            })*
        }
        mod instrumented {
            use super::*;
            #[tracing::instrument(skip_all)]
            pub(super) async fn level0<const N: usize>(_ctx: &Ctx, bytes: [u8; N]) -> Result<usize, Error> {
                yield_now().await;
                Ok(bytes.len())
            }
            $(#[tracing::instrument(skip_all)]
            pub(super) async fn $level<const N: usize>(ctx: &Ctx, bytes: [u8; N]) -> Result<usize, Error> {
                $next(ctx, bytes).await
            })*
        }
        mod selected {
            use super::*;
            pub(super) async fn level0<const N: usize>(
                token: &CancellationToken,
                bytes: [u8; N],
            ) -> Option<usize> {
                tokio::select! {
                    () = token.cancelled() => None,
                    () = yield_now() => Some(bytes.len()),
                }
            }
            $(pub(super) async fn $level<const N: usize>(
                token: &CancellationToken,
                bytes: [u8; N],
            ) -> Option<usize> {
                tokio::select! {
                    () = token.cancelled() => None,
                    result = $next(token, bytes) => result,
                }
            })*
        }
    };
}

levels! {
    level1 level0
    level2 level1
    level3 level2
    level4 level3
    level5 level4
    level6 level5
    level7 level6
}

fn futures() -> Vec<Row> {
    let ctx = Ctx::background();
    let token = CancellationToken::new();
    let (large, none) = ([0; 1024], [0; 0]);
    let mut rows = Vec::new();
    rows.extend(size(
        "1 KiB argument, depth 1",
        1,
        &ours::level0(&ctx, large),
        &plain::level0(&ctx, large),
        &instrumented::level0(&ctx, large),
        &selected::level0(&token, large),
    ));
    rows.extend(size(
        "1 KiB argument, depth 8",
        8,
        &ours::level7(&ctx, large),
        &plain::level7(&ctx, large),
        &instrumented::level7(&ctx, large),
        &selected::level7(&token, large),
    ));
    rows.extend(size(
        "no argument, depth 1",
        1,
        &ours::level0(&ctx, none),
        &plain::level0(&ctx, none),
        &instrumented::level0(&ctx, none),
        &selected::level0(&token, none),
    ));
    rows.extend(size(
        "no argument, depth 8",
        8,
        &ours::level7(&ctx, none),
        &plain::level7(&ctx, none),
        &instrumented::level7(&ctx, none),
        &selected::level7(&token, none),
    ));
    rows
}

fn size(
    what: &str,
    depth: usize,
    ours: &impl Future,
    plain: &impl Future,
    instrumented: &impl Future,
    selected: &impl Future,
) -> [Row; 3] {
    let of = |bytes: usize| bytes as f64;
    let (ours, plain) = (size_of_val(ours), size_of_val(plain));
    let limit = of(plain + LEVEL * depth);
    let against = |peer: &'static str, bytes: usize, limit: f64| {
        let name = format!("future, {what}, against {peer}");
        figure(name, peer, of(ours), Some(of(bytes)), limit)
    };
    let (instrumented, selected) = (size_of_val(instrumented), size_of_val(selected));
    [
        against("plain + 64 a level", plain, limit),
        against("#[instrument]", instrumented, of(instrumented)),
        against("select!", selected, of(selected)),
    ]
}
