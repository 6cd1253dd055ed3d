//! Starts the real program, on ports of its own, and ends it.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use std::{fs, thread};

use reqwest::{Response, Url};
use serde_json::Value;

use crate::program::program;

/// After this a test fails that would otherwise wait for ever. Nothing is expected to take so long.
const FAR_TOO_LONG: Duration = Duration::from_secs(120);

pub(crate) struct Server {
    child: Child,
    urls: HashMap<String, Url>,
    log: Receiver<String>,
}

impl Server {
    /// Starts `search` with `args` and waits until it has printed the URL called `ready`.
    pub(crate) fn start<S: AsRef<OsStr>>(ready: &str, args: impl IntoIterator<Item = S>) -> Self {
        Self::start_logging(None, ready, args)
    }

    /// Does so with a filter of the test for what is logged, or that of the program.
    pub(crate) fn start_logging<S: AsRef<OsStr>>(
        filter: Option<&str>,
        ready: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        let mut command = Command::new(program("search"));
        match filter {
            Some(filter) => command.env("RUST_LOG", filter),
            None => command.env_remove("RUST_LOG"),
        };
        let mut child = command
            .args(args)
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stdout = lines(child.stdout.take().expect("piped"));
        let log = lines(child.stderr.take().expect("piped"));

        let mut urls = HashMap::new();
        while !urls.contains_key(ready) {
            let line = stdout.recv_timeout(FAR_TOO_LONG).expect("prints its URLs");
            let (name, url) = line.split_once(": ").expect("name: URL");
            urls.insert(name.to_owned(), url.parse().expect("a URL"));
        }
        Self { child, urls, log }
    }

    /// Starts site and API over the texts in `corpus`.
    pub(crate) fn over(corpus: &Corpus, more: &[&str]) -> Self {
        let args = ["--port", "0", "--corpus", corpus.path()];
        Self::start("site", args.iter().chain(more))
    }

    pub(crate) fn url(&self, name: &str, path_and_query: &str) -> Url {
        self.urls[name].join(path_and_query).expect("a path")
    }

    pub(crate) async fn site(&self, path_and_query: &str) -> Response {
        get(self.url("site", path_and_query)).await
    }

    /// Waits until `count` queries run in the shards.
    pub(crate) async fn until_running(&self, count: u64) {
        let asking = async { while self.running().await != count {} };
        let waited = tokio::time::timeout(FAR_TOO_LONG, asking).await;
        waited.unwrap_or_else(|_| panic!("there never were {count} queries running"));
    }

    async fn running(&self) -> u64 {
        let status: Value = json(get(self.url("api", "status")).await).await;
        status["running"].as_u64().expect("a number")
    }

    /// The next line of the log that contains `text`.
    pub(crate) fn logged(&self, text: &str) -> String {
        loop {
            let line = self.log.recv_timeout(FAR_TOO_LONG);
            let line = line.unwrap_or_else(|_| panic!("nothing was logged with {text:?}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// What is logged from now until the program is killed.
    pub(crate) fn rest_of_log(mut self) -> Vec<String> {
        self.child.kill().expect("it runs");
        self.log.iter().collect()
    }

    /// Sends `SIG{signal}`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.expect("there is a kill").success());
    }

    /// Waits until nothing listens at the URL called `name`.
    #[cfg(unix)]
    pub(crate) async fn until_closed(&self, name: &str) {
        let address = self.urls[name].socket_addrs(|| None).expect("an address")[0];
        while tokio::net::TcpStream::connect(address).await.is_ok() {}
    }

    /// Waits for the end of the program.
    pub(crate) fn ended(mut self) -> ExitStatus {
        self.child.wait().expect("it was started")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only if it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) async fn get(url: Url) -> Response {
    reqwest::get(url).await.expect("an answer")
}

pub(crate) async fn text(response: Response) -> String {
    response.text().await.expect("a body")
}

pub(crate) async fn json(response: Response) -> Value {
    response.json().await.expect("JSON")
}

/// A folder of texts, gone when dropped.
pub(crate) struct Corpus {
    dir: PathBuf,
}

impl Corpus {
    pub(crate) fn path(&self) -> &str {
        self.dir.to_str().expect("a path in UTF-8")
    }

    /// `name` is that of the test. It keeps its folder apart from the others, and the process from those of another run.
    pub(crate) fn new(name: &str, texts: &[(&str, &str)]) -> Self {
        let folder = format!("{name}-{}", std::process::id());
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        fs::create_dir_all(&dir).expect("a folder to write to");
        for (file, text) in texts {
            fs::write(dir.join(file), text).expect("room for a text");
        }
        Self { dir }
    }
}

impl Drop for Corpus {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (line, lines) = channel();
    thread::spawn(move || {
        for text in BufReader::new(from).lines().map_while(Result::ok) {
            // Read on even if nobody listens: a full pipe would stop the program.
            let _ = line.send(text);
        }
    });
    lines
}
