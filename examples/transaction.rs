//! Rolls a transaction back, properly, when the request it belongs to is cancelled: within a grace.
//!
//! `cargo run --example transaction`

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ctx_core::{Ctx, Error, cancellable};
use tokio::time::sleep;

/// A database that notes what it was told. Every statement takes a while, `ROLLBACK` too.
#[derive(Clone, Default)]
struct Database(Arc<Mutex<Vec<String>>>);

impl Database {
    #[cancellable]
    async fn execute(&self, statement: &str, takes: Duration) -> Result<(), Error> {
        sleep(takes).await;
        self.0.lock().expect("no panic").push(statement.to_owned());
        Ok(())
    }

    fn log(&self) -> Vec<String> {
        self.0.lock().expect("no panic").clone()
    }
}

const SOON: Duration = Duration::from_millis(5);

/// Without `grace`, a cancelled body is dropped where it waits and there is nobody left to roll back. With it, the body
/// is polled for up to two seconds more: it sees the statement fail, cleans up, and every caller waits for that.
#[cancellable(grace = "2s")]
async fn transfer(database: &Database, takes: Duration) -> Result<(), Error> {
    // The statements of the transaction stop with the request.
    database.execute(ctx, "BEGIN", SOON).await?;
    let outcome = async {
        database.execute(ctx, "UPDATE payer", SOON).await?;
        database.execute(ctx, "UPDATE payee", takes).await
    };
    match outcome.await {
        Ok(()) => database.execute(ctx, "COMMIT", SOON).await,
        Err(error) => {
            // What cleans up must not stop with it, nor go on for ever.
            let cleanup = ctx.with_grace(Duration::from_secs(1));
            database.execute(&cleanup, "ROLLBACK", SOON).await?;
            Err(error)
        }
    }
}

/// A caller without a grace of its own waits for a callee that is in its grace.
#[cancellable]
async fn handle(database: &Database, takes: Duration) -> Result<(), Error> {
    transfer(ctx, database, takes).await
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let database = Database::default();
    let ctx = Ctx::background();
    handle(&ctx, &database, SOON).await?;
    let committed = ["BEGIN", "UPDATE payer", "UPDATE payee", "COMMIT"];
    assert_eq!(database.log(), committed);

    let database = Database::default();
    let short = ctx.with_timeout(Duration::from_millis(100));
    let error = handle(&short, &database, Duration::from_secs(3600))
        .await
        .unwrap_err();
    assert!(error.is_deadline_exceeded());
    assert_eq!(database.log(), ["BEGIN", "UPDATE payer", "ROLLBACK"]);
    Ok(())
}
