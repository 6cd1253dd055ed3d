//! Rustdoc shows an annotated fn as its author wrote it, and says that it is cancellable.

use std::process::Command;

#[test]
fn docs_show_the_fn_that_was_written() {
    let status = Command::new(env!("CARGO"))
        .args(["doc", "--quiet", "--offline", "--no-deps"])
        .args(["--package=ctx-spans", "--features=covered,annotated"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .status()
        .expect("cargo runs");
    assert!(status.success(), "rustdoc runs");
    let page = concat!(
        env!("CARGO_TARGET_TMPDIR"),
        "/../doc/ctx_spans/covered/fn.branches.html"
    );
    let page = text_of(&std::fs::read_to_string(page).expect("the fn has a page"));
    for expected in [
        "pub async fn branches( ctx: &Ctx, numbers: &[u32], limit: Option<u32>, ) -> Result<u32, Error>",
        "Adds up. Cancellable: ends early once `ctx` is done.",
    ] {
        let found = page.contains(&expected.replace('`', ""));
        assert!(found, "{expected} is not in {page}");
    }
}

/// The words of a page.
fn text_of(html: &str) -> String {
    let text: String = html
        .split('<')
        .map(|part| part.split_once('>').map_or("", |(_, text)| text))
        .collect();
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
