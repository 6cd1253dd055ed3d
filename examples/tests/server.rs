//! The search server of `search/`, started as a program and asked over HTTP.

mod common;
#[path = "common/program.rs"]
mod program;

use common::{Corpus, Server, get, json, text};
use reqwest::StatusCode;

/// Longer than any request may take: what ends before has been cut off.
const SLOW: &[&str] = &["--latency", "1h"];

fn gates(name: &str) -> Corpus {
    let texts = [
        ("a.md", "# Amber Gate\nA gate of amber & <b>iron</b>."),
        ("b.md", "# Blue Gate\nThe gate is blue, and it is no door."),
        ("c.txt", "One more gate."),
        ("d.md", "# A Wall\nNothing opens here."),
        ("e.rs", "fn gate() {}"),
    ];
    Corpus::new(name, &texts)
}

#[tokio::test]
async fn a_word_of_the_corpus_is_found_in_every_shard() {
    let corpus = gates("found");
    let server = Server::over(&corpus, &[]);

    let response = server.site("search?q=gate").await;
    assert_eq!(response.status(), StatusCode::OK);
    let page = text(response).await;
    assert!(page.contains("3 results in "), "{page}");
    for title in [">Amber Gate</a>", ">Blue Gate</a>", ">c.txt</a>"] {
        assert!(page.contains(title), "{title} in {page}");
    }
    assert!(page.contains("The <mark>gate</mark> is blue"), "{page}");
    assert!(page.contains("amber &amp; &lt;b&gt;iron"), "{page}");

    let page = text(server.site("search?q=nowhere&timeout=1500ms").await).await;
    assert!(page.contains("0 results in "), "{page}");
    assert!(page.contains(r#"value="1500ms""#), "{page}");
}

#[tokio::test]
async fn a_result_links_to_its_text() {
    let corpus = gates("link");
    let server = Server::over(&corpus, &[]);

    let page = text(server.site("search?q=wall").await).await;
    let (_, link) = page.split_once("<a href=\"/").expect("a result");
    let (link, _) = link.split_once('"').expect("a link");
    let page = text(server.site(link).await).await;
    assert!(page.contains("Nothing opens here."), "{page}");

    for nothing in ["texts/4000", "texts/four", "nowhere"] {
        let response = server.site(nothing).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{nothing}");
        assert!(text(response).await.contains("There is no such page."));
    }
}

#[tokio::test]
async fn what_was_asked_is_escaped_and_never_an_operator() {
    let corpus = gates("escaped");
    let server = Server::over(&corpus, &[]);

    let response = server.site("search?q=%22%3E%3Cscript%3E").await;
    assert_eq!(response.status(), StatusCode::OK);
    let page = text(response).await;
    assert!(!page.contains("<script>"), "{page}");
    assert!(page.contains("&quot;&gt;&lt;script&gt;"), "{page}");

    for words in ["gate+OR", "NEAR(", "title:gate", "*", "%22", "%00"] {
        let response = server.site(&format!("search?q={words}")).await;
        assert_eq!(response.status(), StatusCode::OK, "{words}");
    }
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_told_why() {
    let corpus = gates("nonsense");
    let server = Server::over(&corpus, &[]);
    let long = format!("search?q={}", "a".repeat(201));

    for (asked, reason) in [
        ("search", "parameter q is missing"),
        ("search?q=+", "parameter q is missing"),
        (&long, "q is longer than 200 characters"),
        (
            "search?q=a&timeout=soon",
            "timeout=soon is no length of time",
        ),
        ("search?q=a&timeout=5", "timeout=5 is no length of time"),
        ("search?q=a&timeout=-1s", "timeout=-1s is no length of time"),
        ("search?q=a&timeout=0s", "timeout=0s leaves no time at all"),
        ("search?q=a&timeout=31s", "timeout=31s is more than 30s"),
        (
            "search?q=a&timeout=900000000years",
            "timeout=900000000years is",
        ),
        ("search?q=a&q=b", "duplicate field"),
    ] {
        let response = server.site(asked).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{asked}");
        let page = text(response).await;
        assert!(page.contains(reason), "{reason} for {asked} in {page}");
    }
}

#[tokio::test]
async fn a_search_whose_time_is_over_says_what_was_cut_off() {
    let corpus = gates("timeout");
    let server = Server::over(&corpus, SLOW);

    let response = server.site("search?q=gate&timeout=50ms").await;
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
    let page = text(response).await;
    assert!(page.contains("context deadline exceeded"), "{page}");
    assert!(page.contains("Cut off after "), "{page}");
    assert!(page.contains("<li><code>"), "{page}");
    assert!(!page.contains(".rs"), "no paths of the source in {page}");

    // The backend knew the deadline, or saw the connection close.
    server.until_running(0).await;
    let line = server.logged("context deadline exceeded");
    assert!(line.contains("cut off"), "{line}");
}

#[tokio::test]
async fn the_time_left_stops_a_backend_that_is_on_its_own() {
    let corpus = gates("budget");
    let server = Server::over(&corpus, SLOW);
    let ask = |left: &'static str| {
        let request = reqwest::Client::new().get(server.url("api", "search?q=gate"));
        request.header("x-time-left-ms", left).send()
    };

    let response = ask("40").await.expect("an answer");
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
    let problem = json(response).await;
    assert_eq!(problem["error"], "context deadline exceeded");
    assert!(!problem.to_string().contains(".rs"), "{problem}");
    let cut_off = ["ask_shard", "search_shards"];
    assert_eq!(problem["cut_off"], serde_json::json!(cut_off));
    server.until_running(0).await;

    let response = ask("soon").await.expect("an answer");
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn when_the_client_goes_away_the_queries_stop_and_one_line_says_why() {
    let corpus = gates("gone");
    let server = Server::over(&corpus, SLOW);

    let url = server.url("site", "search?q=gate&timeout=30s");
    let request = tokio::spawn(get(url));
    server.until_running(3).await;
    request.abort();
    server.until_running(0).await;

    let line = server.logged("context cancelled");
    assert!(line.contains("the client has gone"), "{line}");
    assert!(line.contains("request.rs:"), "{line}");
    assert!(line.contains("cut off: send ("), "{line}");
    let rest = server.rest_of_log();
    assert!(rest.is_empty(), "{rest:?}");
}

#[tokio::test]
async fn the_api_may_be_another_process() {
    let corpus = gates("elsewhere");
    let dir = corpus.path();
    let api = Server::start_logging(
        Some("search=debug"),
        "api",
        ["--serve-backend", "127.0.0.1:0", "--corpus", dir],
    );
    let url = api.url("api", "");
    let site = Server::start("site", ["--port", "0", "--backend", url.as_str()]);

    let page = text(site.site("search?q=amber").await).await;
    assert!(page.contains("1 result in "), "{page}");
    // The address of the user came along.
    assert!(api.logged("asking a shard").contains("127.0.0.1"));

    drop(api);
    let response = site.site("search?q=amber").await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn an_empty_corpus_is_said_and_replaced_by_the_texts_shipped() {
    let corpus = Corpus::new("empty", &[("e.rs", "fn gate() {}")]);
    let server = Server::over(&corpus, &[]);

    assert!(server.logged("No texts in").contains("empty"));
    let page = text(server.site("search?q=deadline").await).await;
    assert!(page.contains("Deadlines and timeouts"), "{page}");
}

#[cfg(unix)]
mod signals {
    use super::*;

    #[tokio::test]
    async fn an_idle_server_ends_with_code_zero() {
        let corpus = gates("idle");
        for signal in ["INT", "TERM"] {
            let server = Server::over(&corpus, &[]);
            server.signal(signal);
            assert_eq!(server.ended().code(), Some(0), "{signal}");
        }
    }

    #[tokio::test]
    async fn a_request_in_flight_is_answered_before_the_end() {
        let corpus = gates("in-flight");
        let server = Server::over(&corpus, &["--latency", "1s", "--grace", "1h"]);

        let url = server.url("site", "search?q=gate&timeout=30s");
        let request = tokio::spawn(get(url));
        server.until_running(3).await;
        server.signal("TERM");
        server.until_closed("site").await;

        let response = request.await.expect("no panic");
        assert_eq!(response.status(), StatusCode::OK);
        assert!(text(response).await.contains("3 results"));
        assert_eq!(server.ended().code(), Some(0));
    }

    #[tokio::test]
    async fn a_request_that_outlasts_the_grace_is_cut_off() {
        let corpus = gates("grace");
        let server = Server::over(&corpus, &["--latency", "1h", "--grace", "50ms"]);

        let url = server.url("site", "search?q=gate&timeout=30s");
        let request = tokio::spawn(get(url));
        server.until_running(3).await;
        server.signal("INT");

        let response = request.await.expect("no panic");
        let status = response.status();
        let page = text(response).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{page}");
        assert!(page.contains("SIGINT"), "{page}");
        assert_eq!(server.ended().code(), Some(0));
    }

    #[tokio::test]
    async fn a_second_signal_ends_it_at_once() {
        let corpus = gates("second");
        let server = Server::over(&corpus, &["--latency", "1h", "--grace", "1h"]);

        let url = server.url("site", "search?q=gate&timeout=30s");
        let request = tokio::spawn(reqwest::get(url));
        server.until_running(3).await;
        server.signal("INT");
        server.until_closed("site").await;
        server.signal("INT");

        assert_eq!(
            server.ended().code(),
            Some(130),
            "128 and the number of SIGINT"
        );
        assert!(request.await.expect("no panic").is_err());
    }
}
