//! The index of `search/`: a statement stops in SQLite when its context is done.

#![expect(
    dead_code,
    reason = "the modules of the example, of which a test uses a part"
)]

#[path = "../search/api.rs"]
mod api;
#[path = "../search/corpus.rs"]
mod corpus;
#[path = "../search/index.rs"]
mod index;

use std::sync::mpsc::channel;
use std::time::Duration;

use ctx_core::{Ctx, Error};
use index::{IndexError, SHARDS, Shard};
use indicatif::ProgressBar;

const ENDLESS: &str = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number)
    SELECT max(n) FROM number";

async fn shards() -> [Shard; SHARDS] {
    let (ctx, hidden) = (Ctx::background(), ProgressBar::hidden());
    let shards = index::build(&ctx, corpus::shipped(), &hidden).await;
    shards.expect("the texts that are shipped")
}

fn run_for_ever(shard: &Shard, ctx: &Ctx) -> Error {
    let result = shard.query(ctx, |sqlite| sqlite.query_row(ENDLESS, [], |_| Ok(())));
    match result {
        Err(IndexError::CutOff(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_statement_that_would_never_end_stops_when_it_is_cancelled() {
    let [shard, ..] = shards().await;
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (began, has_begun) = channel();

    let query = ctx.spawn_blocking(move |ctx| {
        began.send(()).expect("the test waits");
        run_for_ever(&shard, &ctx)
    });
    has_begun.recv().expect("the query begins");
    cancel.cancel_with("nobody waits");

    let error = query.await.expect("no panic");
    assert_eq!(error.to_string(), "context cancelled: nobody waits");
}

#[tokio::test]
async fn a_statement_stops_at_the_deadline_of_its_context() {
    let [shard, ..] = shards().await;
    let ctx = Ctx::background().with_timeout(Duration::from_millis(20));

    let query = ctx.spawn_blocking(move |ctx| run_for_ever(&shard, &ctx));

    assert!(query.await.expect("no panic").is_deadline_exceeded());
}

#[tokio::test]
async fn a_query_does_not_begin_when_its_context_is_done() {
    let [shard, ..] = shards().await;
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel();

    let result = shard.query(&ctx, |_| -> rusqlite::Result<()> {
        unreachable!("it has begun")
    });

    assert!(matches!(result, Err(IndexError::CutOff(_))));
}

#[tokio::test]
async fn an_error_of_sqlite_is_not_taken_for_a_cancellation() {
    let [shard, ..] = shards().await;

    let result = shard.query(&Ctx::background(), |sqlite| sqlite.execute_batch("SELEKT"));

    assert!(matches!(result, Err(IndexError::Sqlite(_))), "{result:?}");
}

#[tokio::test]
async fn each_text_is_in_one_shard_and_is_found_there_by_its_id() {
    let shards = shards().await;
    let ctx = Ctx::background();
    let lengths = shards
        .each_ref()
        .map(|shard| shard.len(&ctx).expect("a count"));
    assert_eq!(lengths, [2, 2, 1]);

    let mut found = 0;
    for shard in &shards {
        for hit in shard.search(&ctx, "the", Duration::ZERO).expect("hits") {
            let id = hit.link.strip_prefix("/texts/").expect("a text of our own");
            let text = shard
                .text(&ctx, id.parse().expect("a number"))
                .expect("no error");
            assert_eq!(text.expect("it is there").title, hit.title);
            found += 1;
        }
    }
    assert_eq!(found, 5);
}

#[tokio::test]
async fn an_index_is_not_built_for_a_context_that_is_done() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel();

    let result = index::build(&ctx, corpus::shipped(), &ProgressBar::hidden()).await;

    assert!(matches!(result, Err(IndexError::CutOff(_))));
}
