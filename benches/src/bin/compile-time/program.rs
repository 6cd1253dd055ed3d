//! The programs that are compiled: the same fns each time, written in one of five ways.

use std::fmt::Write;

/// How the fns are written.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Variant {
    /// They take a context, and leave it alone.
    Plain,
    Annotated,
    /// They return `ctx.cancellable(async move { .. })`: the least that an expansion can be.
    ByHand,
    /// With the least that `#[instrument]` can record.
    Instrumented,
    /// Each body stands in a `select!` against a token.
    Selected,
}

impl Variant {
    pub(crate) const ALL: [Variant; 5] = [
        Variant::Plain,
        Variant::Annotated,
        Variant::ByHand,
        Variant::Instrumented,
        Variant::Selected,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Variant::Plain => "plain",
            Variant::Annotated => "annotated",
            Variant::ByHand => "by_hand",
            Variant::Instrumented => "instrument",
            Variant::Selected => "select",
        }
    }
}

/// One fn. Its body ends in `Ok(value)`.
struct Shape {
    name: &'static str,
    receiver: &'static str,
    params: &'static str,
    output: &'static str,
    body: &'static str,
    value: &'static str,
}

/// The fns of a module. Each but the first awaits others; `$` is the number of the module, so that no two are alike.
const FNS: [Shape; 10] = [
    Shape {
        name: "fetch",
        receiver: "",
        params: "id: u64, title: &str",
        output: "Page",
        body: "if title.len() == $ { return Err(Failure::NotFound(id)); }
               crate::note(ctx, id);
               tokio::task::yield_now().await;
               let tags = title.split(',').map(str::to_owned).collect();",
        value: "Page { id: id + $, title: title.to_owned(), tags }",
    },
    Shape {
        name: "parse",
        receiver: "",
        params: "text: &str, title: String",
        output: "Page",
        body: "let id = text.trim().parse::<u64>()?;
               let page = fetch(ctx, id, &title).await?;
               if page.tags.is_empty() { return Err(Failure::NotFound(id)); }",
        value: "page",
    },
    Shape {
        name: "fetch_all",
        receiver: "",
        params: "ids: &[u64], title: &str",
        output: "Vec<Page>",
        body: "let mut pages = Vec::with_capacity(ids.len());
               for &id in ids {
                   let page = fetch(ctx, id, title).await?;
                   if page.id % 7 != $ { pages.push(page); }
               }",
        value: "pages",
    },
    Shape {
        name: "or_default",
        receiver: "",
        params: "id: u64, fallback: Option<&Page>",
        output: "Page",
        body: "let page = match fetch(ctx, id, \"$\").await {
                   Ok(page) => page,
                   Err(Failure::NotFound(_)) if fallback.is_some() => fallback.cloned().unwrap_or_default(),
                   Err(failure) => return Err(failure),
               };",
        value: "page",
    },
    Shape {
        name: "count",
        receiver: "",
        params: "text: &str",
        output: "usize",
        body: "let page = parse(ctx, text, format!(\"{text}-$\")).await?;
               let words = page.title.split_whitespace().count();",
        value: "words + page.tags.len()",
    },
    Shape {
        name: "load",
        receiver: "&self, ",
        params: "id: u64",
        output: "Page",
        body: "let page = or_default(ctx, id, self.pages.first()).await?;
               let seen = self.pages.iter().any(|known| known.id == page.id);
               if seen { tokio::task::yield_now().await; }",
        value: "page",
    },
    Shape {
        name: "refresh",
        receiver: "&mut self, ",
        params: "ids: Vec<u64>",
        output: "usize",
        body: "let pages = fetch_all(ctx, &ids, \"a,b,$\").await?;
               self.pages.extend(pages);
               self.pages.truncate(100 + $);",
        value: "self.pages.len()",
    },
    Shape {
        name: "rank",
        receiver: "",
        params: "store: &Store, ids: &[u64]",
        output: "BTreeMap<String, u64>",
        body: "let mut ranks = BTreeMap::new();
               for &id in ids {
                   let page = store.load(ctx, id).await?;
                   for tag in &page.tags { *ranks.entry(tag.clone()).or_insert($) += page.id; }
               }",
        value: "ranks",
    },
    Shape {
        name: "search",
        receiver: "",
        params: "store: &mut Store, query: &str, limit: usize",
        output: "Vec<String>",
        body: "let words = count(ctx, query).await?;
               let known = store.refresh(ctx, vec![words as u64, $]).await?;
               let ranks = rank(ctx, store, &[1, 2, known as u64]).await?;
               let mut found: Vec<_> = ranks.into_keys().collect();
               found.truncate(limit);",
        value: "found",
    },
    Shape {
        name: "serve",
        receiver: "",
        params: "request: Option<String>",
        output: "()",
        body: "let Some(request) = request else { return Ok(()) };
               let mut store = Store::default();
               let hits = search(ctx, &mut store, &request, 10).await?;
               println!(\"{request} has {} hits in $\", hits.len());",
        value: "()",
    },
];

/// The text of a library with at least `fns` fns. Something polls them, so that a release has code for all.
pub(crate) fn program(variant: Variant, fns: usize) -> String {
    let context = match variant {
        Variant::Selected => "tokio_util::sync::CancellationToken as Context",
        _ => "ctx_core::Ctx as Context",
    };
    let mut text = format!(
        "use std::num::ParseIntError;
         pub use {context};

         #[derive(Clone, Debug, Default)]
         pub struct Page {{ pub id: u64, pub title: String, pub tags: Vec<String> }}

         #[derive(Debug)]
         pub enum Failure {{ Cancelled(Option<ctx_core::Error>), NotFound(u64), Parse(ParseIntError) }}

         impl From<ctx_core::Error> for Failure {{
             fn from(err: ctx_core::Error) -> Self {{ Failure::Cancelled(Some(err)) }}
         }}

         impl From<ParseIntError> for Failure {{
             fn from(err: ParseIntError) -> Self {{ Failure::Parse(err) }}
         }}

         fn note(ctx: &Context, id: u64) {{ println!(\"{{id}} {{ctx:?}}\") }}
        "
    );
    for number in 0..fns.div_ceil(FNS.len()) {
        module(&mut text, variant, number);
    }
    text
}

/// A module with all the fns, and one more that polls the one which calls the others.
fn module(text: &mut String, variant: Variant, number: usize) {
    let mut module = String::from(
        "pub mod m$ {
             use std::collections::BTreeMap;
             use crate::{Context, Failure, Page};

             #[derive(Debug, Default)]
             pub struct Store { pub pages: Vec<Page> }
        ",
    );
    let (methods, free): (Vec<_>, Vec<_>) =
        FNS.iter().partition(|shape| !shape.receiver.is_empty());
    for shape in free {
        shape.write(&mut module, variant);
    }
    module.push_str("impl Store {\n");
    for shape in methods {
        shape.write(&mut module, variant);
    }
    module.push_str(
        "}
         pub fn drive(ctx: &Context, cx: &mut std::task::Context<'_>) -> bool {
             let mut served = std::pin::pin!(serve(ctx, Some(String::from(\"$\"))));
             std::future::Future::poll(served.as_mut(), cx).is_ready()
         } }
        ",
    );
    text.push_str(&module.replace('$', &number.to_string()));
}

impl Shape {
    fn write(&self, text: &mut String, variant: Variant) {
        let Shape {
            name,
            receiver,
            params,
            output,
            body,
            value,
        } = self;
        let (attribute, context) = match variant {
            Variant::Annotated => ("#[ctx_core::cancellable]", ""),
            Variant::Instrumented => ("#[tracing::instrument(skip_all)]", "ctx: &Context, "),
            Variant::Plain | Variant::ByHand | Variant::Selected => ("", "ctx: &Context, "),
        };
        let typed = format!("{body} Ok::<_, Failure>({value})");
        let (is_async, output, body) = match variant {
            Variant::Selected => (
                "async",
                format!("Result<{output}, Failure>"),
                format!(
                    "tokio::select! {{
                         () = ctx.cancelled() => Err(Failure::Cancelled(None)),
                         result = async {{ {typed} }} => result,
                     }}"
                ),
            ),
            Variant::ByHand => (
                "",
                format!("impl Future<Output = Result<{output}, Failure>>"),
                format!("ctx.cancellable(async move {{ {typed} }})"),
            ),
            _ => (
                "async",
                format!("Result<{output}, Failure>"),
                format!("{body} Ok({value})"),
            ),
        };
        let written = writeln!(
            text,
            "{attribute}
             pub {is_async} fn {name}({receiver}{context}{params}) -> {output} {{ {body} }}"
        );
        written.expect("a string takes everything");
    }
}
