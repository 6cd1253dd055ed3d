//! A full-text index in three shards. A query stops when its context is done.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use ctx_core::{Ctx, cancellable};
use indicatif::ProgressBar;
use rusqlite::functions::{self, FunctionFlags};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use tokio::task::JoinError;

use crate::api::{Hit, Text};
use crate::corpus::{Document, Entry};

pub(crate) const SHARDS: usize = 3;

/// An answer has no more hits than this, so no shard needs to find more.
pub(crate) const MOST_HITS: u32 = 20;

/// How many instructions of its virtual machine SQLite runs between two looks at the context: microseconds.
const STEPS_BETWEEN_LOOKS: i32 = 64;

#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    #[error(transparent)]
    CutOff(#[from] ctx_core::Error),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("a query panicked")]
    Panicked(#[from] JoinError),
}

/// A third of the documents, in an SQLite database in memory.
#[derive(Clone, Debug)]
pub(crate) struct Shard {
    number: usize,
    uri: Arc<str>,
    /// SQLite keeps the database for as long as a connection to it is open. Queries open their own.
    _keep: Arc<Mutex<Connection>>,
}

/// Indexes `entries` in three shards at once. Each entry moves `progress` on by one.
#[cancellable]
pub(crate) async fn build(
    entries: Vec<Entry>,
    progress: &ProgressBar,
) -> Result<[Shard; SHARDS], IndexError> {
    let entries = Arc::new(entries);
    let shard = |number| {
        let (entries, progress) = (entries.clone(), progress.clone());
        ctx.spawn_blocking(move |ctx| Shard::fill(&ctx, number, &entries, &progress))
    };
    let (a, b, c) = tokio::try_join!(shard(0), shard(1), shard(2))?;
    Ok([a?, b?, c?])
}

impl Shard {
    fn fill(
        ctx: &Ctx,
        number: usize,
        entries: &[Entry],
        progress: &ProgressBar,
    ) -> Result<Self, IndexError> {
        static BUILT: AtomicU64 = AtomicU64::new(0);
        let name = BUILT.fetch_add(1, Ordering::Relaxed);
        let uri = format!("file:/shard-{name}?vfs=memdb");

        let mut connection = open(&uri)?;
        let rows = connection.transaction()?;
        rows.execute_batch(
            "CREATE VIRTUAL TABLE docs USING fts5(title, text, link UNINDEXED, tokenize = 'porter')",
        )?;
        {
            let mut insert =
                rows.prepare("INSERT INTO docs (title, text, link) VALUES (?1, ?2, ?3)")?;
            for entry in entries.iter().skip(number).step_by(SHARDS) {
                ctx.check()?;
                match entry.read() {
                    Ok(Document { title, text, link }) => {
                        insert.execute(params![title, text, link])?;
                    }
                    Err(error) => tracing::warn!(?entry, %error, "left out of the index"),
                }
                progress.inc(1);
            }
        }
        rows.commit()?;

        Ok(Self {
            number,
            uri: uri.into(),
            _keep: Arc::new(Mutex::new(connection)),
        })
    }

    /// Finds the documents that have all of `words`, best first. Blocks.
    pub(crate) fn search(
        &self,
        ctx: &Ctx,
        words: &str,
        latency: Duration,
    ) -> Result<Vec<Hit>, IndexError> {
        self.query(ctx, |connection| {
            dawdle(connection, latency)?;
            let mut select = connection.prepare(
                "SELECT rowid, title, link, snippet(docs, 1, char(2), char(3), '…', 32), rank FROM docs
                 WHERE docs MATCH ?1 AND rank MATCH 'bm25(10.0, 1.0)' ORDER BY rank LIMIT ?2",
            )?;
            let hits = select.query_map(params![all_of(words), MOST_HITS], |row| {
                let (row_id, link): (u32, Option<String>) = (row.get(0)?, row.get(2)?);
                Ok(Hit {
                    title: row.get(1)?,
                    link: link.unwrap_or_else(|| format!("/texts/{}", self.id(row_id))),
                    snippet: row.get(3)?,
                    rank: row.get(4)?,
                })
            })?;
            hits.collect()
        })
    }

    /// The text at `/texts/{id}`, which is in shard `id % SHARDS`. Blocks.
    pub(crate) fn text(&self, ctx: &Ctx, id: u32) -> Result<Option<Text>, IndexError> {
        self.query(ctx, |connection| {
            let select = "SELECT title, text FROM docs WHERE rowid = ?1";
            let text = connection.query_row(select, [id / SHARDS as u32], |row| {
                Ok(Text {
                    title: row.get(0)?,
                    text: row.get(1)?,
                })
            });
            text.optional()
        })
    }

    /// How many documents there are.
    pub(crate) fn len(&self, ctx: &Ctx) -> Result<u32, IndexError> {
        self.query(ctx, |connection| {
            connection.query_row("SELECT count(*) FROM docs", [], |row| row.get(0))
        })
    }

    /// Runs `query` on a connection of its own, and stops what SQLite does for it when `ctx` is done.
    pub(crate) fn query<T>(
        &self,
        ctx: &Ctx,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, IndexError> {
        // SQLite only looks while a statement runs: what is done by now would not be noticed by a short one.
        ctx.check()?;
        let mut connection = open(&self.uri)?;
        let asked = ctx.clone();
        connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || asked.is_done()))?;

        query(&connection).map_err(|error| match (error.sqlite_error_code(), ctx.err()) {
            (Some(ErrorCode::OperationInterrupted), Some(why)) => why.into(),
            _ => error.into(),
        })
    }

    fn id(&self, row: u32) -> u32 {
        row * SHARDS as u32 + self.number as u32
    }
}

fn open(uri: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(uri, flags)
}

/// Runs a statement that takes `latency`. It waits within SQLite, so what stops it is what stops any statement.
fn dawdle(connection: &Connection, latency: Duration) -> rusqlite::Result<()> {
    if latency.is_zero() {
        return Ok(());
    }
    let started = Instant::now();
    let pause = move |_: &functions::Context<'_>| {
        thread::sleep(Duration::from_millis(1));
        Ok(started.elapsed() >= latency)
    };
    connection.create_scalar_function("pause", 0, FunctionFlags::SQLITE_UTF8, pause)?;
    connection.query_row(
        "WITH RECURSIVE wait(over) AS (SELECT pause() UNION ALL SELECT pause() FROM wait WHERE NOT over)
         SELECT max(over) FROM wait",
        [],
        |_| Ok(()),
    )
}

/// The words as a query in the language of FTS5: each is quoted, so that none of them is an operator. A NUL would end
/// the query for SQLite, in the middle of a quoted word.
fn all_of(words: &str) -> String {
    let words = words.split(|c: char| c.is_whitespace() || c == '\0');
    let quoted = words.map(|word| format!("\"{}\"", word.replace('"', "\"\"")));
    quoted.collect::<Vec<_>>().join(" ")
}
