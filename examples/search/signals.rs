//! The shutdown signals: SIGINT and SIGTERM, Ctrl-C elsewhere.

use std::{io, process};

use ctx_core::Ctx;

/// The cause of what stops because the program was told to.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Told(&'static str);

/// Derives a context that the first shutdown signal cancels. The second one ends the process.
pub(crate) fn until_shutdown(parent: &Ctx) -> io::Result<Ctx> {
    let (ctx, cancel) = parent.with_cancel();
    let mut signals = Signals::listen()?;
    tokio::spawn(async move {
        cancel.cancel_with(Told(signals.next().await));
        tracing::info!("stopping; the next signal ends it at once");
        signals.next().await;
        process::exit(130);
    });
    Ok(ctx)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without the handler there is nothing to wait for.
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}
