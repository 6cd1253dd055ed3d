//! The pages of the site. `maud` escapes what is put into them.

use std::time::Duration;

use maud::{DOCTYPE, Markup, html};

use crate::api::{Hit, Text};

const STYLE: &str = "
    body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }
    input { font: inherit } input[name=q] { width: 60% } input[name=timeout] { width: 5rem }
    h3 { margin-bottom: 0 } pre { white-space: pre-wrap } .quiet { color: #666 }
";

/// What the search form is filled in with.
#[derive(Clone, Copy)]
pub(crate) struct Form<'a> {
    pub(crate) words: &'a str,
    pub(crate) timeout: &'a str,
}

pub(crate) fn search(form: Form<'_>) -> Markup {
    layout("Search", form, &html! {})
}

pub(crate) fn results(form: Form<'_>, hits: &[Hit], took: Duration) -> Markup {
    let found = match hits.len() {
        1 => "1 result".to_owned(),
        n => format!("{n} results"),
    };
    let body = html! {
        p.quiet { (found) " in " (format!("{took:.1?}")) }
        @for hit in hits {
            h3 { a href=(hit.link) { (hit.title) } }
            p { (snippet(&hit.snippet)) }
        }
    };
    layout(form.words, form, &body)
}

pub(crate) fn text(form: Form<'_>, text: &Text) -> Markup {
    layout(&text.title, form, &html! { pre { (text.text) } })
}

/// Says why there are no results.
pub(crate) fn problem(form: Form<'_>, reason: &str) -> Markup {
    layout("No results", form, &html! { p { strong { (reason) } } })
}

/// Says which functions were cut off, innermost first, and when.
pub(crate) fn cut_off(
    form: Form<'_>,
    reason: &str,
    after: Option<Duration>,
    functions: &[String],
) -> Markup {
    let body = html! {
        p { strong { (reason) } }
        p {
            "Cut off"
            @if let Some(after) = after { " after " (format!("{after:.1?}")) }
            ", innermost first:"
        }
        ol { @for function in functions { li { code { (function) } } } }
    };
    layout("Cut off", form, &body)
}

fn layout(title: &str, form: Form<'_>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { (title) }
                style { (STYLE) }
            }
            body {
                form action="/search" {
                    input name="q" value=(form.words) placeholder="words" autofocus;
                    " within "
                    input name="timeout" value=(form.timeout);
                    " "
                    button { "Search" }
                }
                (body)
            }
        }
    }
}

/// Marks the words that were searched for: the index puts them between U+0002 and U+0003.
fn snippet(text: &str) -> Markup {
    let mut parts = text.split('\u{2}');
    let before = parts.next().unwrap_or_default();
    html! {
        (before)
        @for part in parts {
            @let (marked, after) = part.split_once('\u{3}').unwrap_or((part, ""));
            mark { (marked) } (after)
        }
    }
}
