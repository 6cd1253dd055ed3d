//! A request handler, with a context and without.

use std::convert::Infallible;
use std::hint::black_box;
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use ctx_core::{Ctx, Error, cancellable, ctx_key};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::http::Extensions;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::select;
use tokio::task::yield_now;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::meter::{Side, cpu_time};
use crate::row::{Bound, Row, Sides, row};
use crate::timers::one_thread;

ctx_key! {
    #[derive(Clone)]
    struct Tenant(u64);
    #[derive(Clone)]
    struct RequestId(u64);
}

const CONNECTIONS: usize = 16;
const HOUR: Duration = Duration::from_secs(3600);
const TIMEOUT: Duration = Duration::from_secs(2);
/// Every body has this length, so that clients know where a response ends.
const BODY: usize = 20;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        row(
            "HTTP request, CPU time of the server",
            "without a context",
            Bound::Ratio(1.05),
            || Sides::new(requests("/with", false), requests("/without", false)),
        ),
        row(
            "HTTP request with a token, a timeout, extensions and `select!`",
            "without any",
            Bound::None,
            || Sides::new(requests("/today", false), requests("/without", false)),
        ),
        row(
            "HTTP request with a context",
            "with a token, a timeout, extensions and `select!`",
            Bound::None,
            || Sides::new(requests("/with", false), requests("/today", false)),
        ),
        row(
            "HTTP request with a context that nobody waits for",
            "without",
            Bound::None,
            || Sides::new(requests("/derived", false), requests("/without", false)),
        ),
        row(
            "HTTP request with Tokio's `timeout` alone",
            "without",
            Bound::None,
            || Sides::new(requests("/timeout", false), requests("/without", false)),
        ),
        row(
            "HTTP request without a context, on a runtime with a timer",
            "and without",
            Bound::None,
            || Sides::new(requests("/without", true), requests("/without", false)),
        ),
        row(
            "the same handler without HTTP",
            "without a context",
            Bound::None,
            || Sides::new(calls(true), calls(false)),
        ),
    ]
}

#[cancellable]
async fn outer(#[value] tenant: &Tenant, n: u64) -> Result<u64, Error> {
    Ok(middle(ctx, n).await? + **tenant)
}

#[cancellable]
async fn middle(#[value] request: &RequestId, n: u64) -> Result<u64, Error> {
    Ok(inner(ctx, n).await? + **request)
}

#[cancellable]
async fn inner(n: u64) -> Result<u64, Error> {
    yield_now().await;
    Ok(n)
}

async fn plain_outer(tenant: u64, request: u64, n: u64) -> Result<u64, Error> {
    Ok(plain_middle(request, n).await? + tenant)
}

async fn plain_middle(request: u64, n: u64) -> Result<u64, Error> {
    Ok(plain_inner(n).await? + request)
}

async fn plain_inner(n: u64) -> Result<u64, Error> {
    yield_now().await;
    Ok(n)
}

async fn with(root: &Ctx) -> Result<u64, Error> {
    let (ctx, _cancel) = root.with_cancel();
    outer(&of_a_request(&ctx), black_box(5)).await
}

async fn derived(root: &Ctx) -> Result<u64, Error> {
    let (ctx, _cancel) = root.with_cancel();
    let _held = black_box(of_a_request(&ctx));
    without().await
}

fn of_a_request(ctx: &Ctx) -> Ctx {
    ctx.with_timeout(TIMEOUT)
        .with_value(Tenant(black_box(3)))
        .with_value(RequestId(black_box(4)))
}

/// As it is done without contexts: each function that waits takes a token, and races for itself; what belongs to the
/// request is in its extensions.
async fn today(root: &CancellationToken, extensions: &mut Extensions) -> Result<u64, Error> {
    let token = root.child_token();
    let _cancel = token.clone().drop_guard();
    extensions.insert(Tenant(black_box(3)));
    extensions.insert(RequestId(black_box(4)));
    let call = today_outer(&token, extensions, black_box(5));
    Ok(timeout(TIMEOUT, call).await.ok().flatten().unwrap_or(0))
}

async fn today_outer(token: &CancellationToken, extensions: &Extensions, n: u64) -> Option<u64> {
    let tenant = extensions.get::<Tenant>()?;
    select! {
        () = token.cancelled() => None,
        found = today_middle(token, extensions, n) => Some(found? + **tenant),
    }
}

async fn today_middle(token: &CancellationToken, extensions: &Extensions, n: u64) -> Option<u64> {
    let request = extensions.get::<RequestId>()?;
    select! {
        () = token.cancelled() => None,
        found = today_inner(token, n) => Some(found? + **request),
    }
}

async fn today_inner(token: &CancellationToken, n: u64) -> Option<u64> {
    select! {
        () = token.cancelled() => None,
        () = yield_now() => Some(n),
    }
}

async fn timed() -> Result<u64, Error> {
    timeout(TIMEOUT, without()).await.unwrap_or(Ok(0))
}

async fn without() -> Result<u64, Error> {
    plain_outer(black_box(3), black_box(4), black_box(5)).await
}

async fn handle(
    (root, token): &(Ctx, CancellationToken),
    mut request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let answer = match request.uri().path() {
        "/with" => with(root).await,
        "/today" => today(token, request.extensions_mut()).await,
        "/derived" => derived(root).await,
        "/timeout" => timed().await,
        "/without" => without().await,
        _ => Ok(u64::try_from(cpu_time().as_nanos()).unwrap_or(0)),
    };
    let body = format!("{:0BODY$}", answer.unwrap_or(0));
    Ok(Response::new(Full::new(Bytes::from(body))))
}

/// What a request does, over and over in one task.
fn calls(context: bool) -> Side {
    let runtime = one_thread();
    let (root, cancel) = Ctx::background().with_cancel();
    cancel.detach();
    Box::new(move |meter, times| {
        meter.time(|| {
            runtime.block_on(async {
                for _ in 0..times {
                    let result = if context {
                        with(&root).await
                    } else {
                        without().await
                    };
                    black_box(result.is_ok());
                }
            });
        });
    })
}

/// A server on a thread of its own, which lasts as long as the process; with a `timer`, something on it sleeps all the time.
fn serve(timer: bool) -> SocketAddr {
    let (send, receive) = std::sync::mpsc::channel();
    thread::spawn(move || {
        one_thread().block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            send.send(address).expect("somebody waits for it");
            let (root, cancel) = Ctx::background().with_cancel();
            cancel.detach();
            let roots = (root, CancellationToken::new());
            if timer {
                tokio::spawn(tokio::time::sleep(HOUR));
            }
            while let Ok((stream, _)) = listener.accept().await {
                let roots = roots.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| handle(&roots, request));
                    let connection = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service);
                    drop(connection.await);
                });
            }
        });
    });
    receive.recv().expect("the server starts")
}

struct Client(TcpStream);

impl Client {
    async fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).await.expect("the server is up");
        stream.set_nodelay(true).expect("a TCP stream");
        Client(stream)
    }

    async fn get(&mut self, path: &str) -> u64 {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let failed = "the server answers";
        self.0.write_all(request.as_bytes()).await.expect(failed);
        let mut response = [0; 1024];
        let mut length = 0;
        loop {
            length += self.0.read(&mut response[length..]).await.expect(failed);
            let text = String::from_utf8_lossy(&response[..length]);
            if let Some((_, body)) = text.split_once("\r\n\r\n")
                && body.len() == BODY
            {
                return body.parse().expect("a number");
            }
        }
    }
}

/// The CPU time that the server's thread takes for each request.
fn requests(path: &'static str, timer: bool) -> Side {
    let address = serve(timer);
    let runtime: Runtime = one_thread();
    let mut clients: Vec<Client> = runtime.block_on(async {
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            clients.push(Client::connect(address).await);
        }
        clients
    });
    Box::new(move |meter, times| {
        runtime.block_on(async {
            let before = clients[0].get("/cpu").await;
            let mut tasks = Vec::new();
            for (index, mut client) in clients.drain(..).enumerate() {
                let share = (times as usize + index) / CONNECTIONS;
                tasks.push(tokio::spawn(async move {
                    for _ in 0..share {
                        client.get(path).await;
                    }
                    client
                }));
            }
            for task in tasks {
                clients.push(task.await.expect("a benchmark does not panic"));
            }
            let spent = clients[0].get("/cpu").await - before;
            meter.add(Duration::from_nanos(spent));
        });
    })
}
