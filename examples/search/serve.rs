//! Serves until told to stop, then lets what is in flight come to its end.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use ctx_core::Ctx;
use tokio::net::TcpListener;

/// How long the answer "cut off" may take to be sent when the grace is over.
pub(crate) const LAST_WORDS: Duration = Duration::from_secs(1);

/// The contexts of a server's life.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    /// Done when no new requests are to be taken.
    pub(crate) accept: Ctx,
    /// Done when those in flight are to be cut off: the root of every request.
    pub(crate) requests: Ctx,
}

/// Serves `app` on `listener`. When `life.accept` is done, the socket is closed; what was taken on before goes on until
/// `life.requests` is done.
pub(crate) async fn serve(listener: TcpListener, app: Router, life: &Life) -> io::Result<()> {
    let (accept, address) = (life.accept.clone(), listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, app).with_graceful_shutdown(async move {
        let why = accept.done().await;
        tracing::info!("{address} takes no new requests: {why}");
    });
    // A client that does not read its answer must not keep us here.
    let rest = life.requests.with_grace(LAST_WORDS);
    rest.run(served.into_future()).await.unwrap_or(Ok(()))
}
