//! A server by hand: accepts connections until told to stop, sees each of them end, and waits for the last.
//!
//! `cargo run --example accept_loop`

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use ctx_core::{Ctx, cancellable};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// More than this many are served at a time? Then the next one waits for its turn.
const AT_ONCE: NonZeroUsize = NonZeroUsize::new(8).unwrap();

/// Greets one client. An `io::Error` can say that it was cut off: `TimedOut` for a deadline.
#[cancellable(timeout = "30s")]
async fn greet(connection: TcpStream) -> io::Result<String> {
    let mut connection = BufReader::new(connection);
    let mut name = String::new();
    connection.read_line(&mut name).await?;
    let greeting = format!("hello {name}");
    connection.write_all(greeting.as_bytes()).await?;
    Ok(name.trim().to_owned())
}

/// Serves until `ctx` is done, then lets the connections that are open have `grace`. Returns who was there.
async fn serve(ctx: &Ctx, listener: TcpListener, grace: Duration) -> io::Result<Vec<String>> {
    let connections = ctx.with_grace(grace);
    let mut open = connections.group::<String, io::Error>().limit(AT_ONCE);
    let mut greeted = Vec::new();
    loop {
        tokio::select! {
            _ = ctx.done() => break,
            accepted = listener.accept() => {
                let (connection, _) = accepted?;
                open.spawn(move |ctx| async move {
                    // One client that misbehaves is no reason to stop serving the others.
                    let outcome = greet(&ctx, connection).await;
                    Ok(outcome.unwrap_or_else(|error| format!("nobody ({error})")))
                });
            }
            Some(ended) = open.next() => greeted.push(ended?),
        }
    }
    drop(listener);
    greeted.extend(open.join().await?);
    Ok(greeted)
}

async fn say(address: SocketAddr, name: &str) -> io::Result<String> {
    let mut connection = TcpStream::connect(address).await?;
    connection.write_all(format!("{name}\n").as_bytes()).await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let (ctx, stop) = Ctx::background().with_cancel();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = ctx
        .spawn(move |ctx| async move { serve(&ctx, listener, Duration::from_millis(100)).await });

    assert_eq!(say(address, "Ada").await?, "hello Ada\n");

    // This one says nothing: it keeps its connection until the grace is over.
    let silent = TcpStream::connect(address).await?;
    assert_eq!(say(address, "Grace").await?, "hello Grace\n");
    stop.cancel();

    let mut greeted = server.await.expect("no panic")?;
    greeted.sort();
    assert_eq!(greeted, ["Ada", "Grace", "nobody (context cancelled)"]);
    assert!(
        TcpStream::connect(address).await.is_err(),
        "nobody listens any more"
    );
    drop(silent);
    Ok(())
}
