//! What makes no sense, each with a reason.

use std::fmt::Display;

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Expr, Signature};

use crate::errors::Errors;
use crate::interplay;
use crate::item::{BlockKind, FnItem};
use crate::model::Place;
use crate::options::Options;
use crate::params::{self, Value};
use crate::returns::{self, Shape};

pub(crate) const SYNC: &str = "`#[cancellable]` needs an `async fn`, or one whose return type or body shows that it returns a future; \
                    add `async`, or call `ctx.run(future)`; or, if an attribute above has already made it sync \
                    (`tokio::test`, `tokio::main`), put this one above it";

/// Refuses values that nothing can bind, and required ones where their absence could not be told.
pub(crate) fn values(
    values: &[Value],
    item: &FnItem,
    options: &Options,
    shape: &Shape,
    errors: &mut Errors,
) {
    let Some(first) = values.first() else { return };
    if item.body.is_none() {
        errors.on(
            &first.pat,
            "a declaration has no body to bind a value in; leave the parameter out here",
        );
    } else if let Shape::Delegating(_) = shape {
        errors.on(
            &first.pat,
            "this body runs at the call, before there is a value to bind; make it an `async fn`, or end it in `async move { .. }`",
        );
    }
    // Of those behind a `cfg`, one may be there when the other is not.
    let is_cfg = |attr: &Attribute| {
        ["cfg", "cfg_attr"]
            .iter()
            .any(|name| attr.path().is_ident(name))
    };
    let always = |attrs: &[Attribute]| !attrs.iter().any(is_cfg);
    let mut taken: Vec<String> = params::arguments(&item.sig)
        .filter(|argument| always(&argument.attrs))
        .flat_map(|argument| bound_names(argument.pat.to_token_stream()))
        .collect();
    for value in values.iter().filter(|value| always(&value.attrs)) {
        let names = bound_names(value.pat.to_token_stream());
        if let Some(name) = names.iter().find(|name| taken.contains(name)) {
            errors.on(
                &value.pat,
                format_args!("another parameter is called `{name}`, too"),
            );
        }
        taken.extend(names);
    }
    let cannot_carry =
        returns::is_unit(&item.sig.output) && options.or.is_none() && matches!(shape, Shape::Async);
    if let Some(value) = values.iter().find(|value| !value.optional && cannot_carry) {
        let key = value.key.to_token_stream().to_string().replace(' ', "");
        errors.on(
                &value.ty,
                format_args!(
                    "`()` cannot carry the error of a missing value; take `Option<&{key}>`, \
                     return `Result<_, E>` where `E: From<ctx_core::Error>`, or write `or = |err| ..`"
            ),
        );
    }
}

/// Refuses another name for the current context where nothing else has its own.
pub(crate) fn name_of_current(
    named: &Ident,
    sig: &Signature,
    values: &[Value],
    errors: &mut Errors,
) {
    let ctx = Ident::new("ctx", Span::call_site());
    let arguments = params::arguments(sig).map(|argument| &*argument.pat);
    let mut patterns = arguments.chain(values.iter().map(|value| &value.pat));
    if !patterns.any(|pat| params::binds(pat, &ctx)) {
        errors.at(named.span(), "with `current` the context is no parameter, and is called `ctx`; another name is for where a parameter has that");
    }
}

/// Refuses options that say nothing here.
pub(crate) fn options(
    item: &FnItem,
    own: &Options,
    options: &Options,
    shape: &Shape,
    place: Place,
    errors: &mut Errors,
) {
    if let Some(at) = own.skip {
        errors.at(at, "`skip` leaves a function of an annotated `impl` or `trait` block out; there is no such block here");
    }
    if item.body.is_none() {
        let spans = [
            ("or", own.or.as_ref().map(|or| or.0)),
            ("timeout", own.timeout.as_ref().map(|limit| limit.0)),
        ];
        for (name, at) in spans.into_iter().chain([
            ("grace", own.grace.as_ref().map(|limit| limit.0)),
            ("current", own.current),
        ]) {
            if let Some(at) = at {
                errors.at(at, format_args!("`{name}` is about the body, and a declaration has none; write it where the body is"));
            }
        }
    }
    if let (Shape::Delegating(_), Some(_)) = (shape, &options.timeout) {
        // What the block says is right for the others.
        let at = (own.timeout.as_ref()).map_or(item.sig.fn_token.span, |(at, _)| *at);
        errors.at(
            at,
            "this body runs at the call, so no context could be narrowed for it by `timeout`; \
             make it an `async fn`, or end it in `async move { .. }`",
        );
    }
    let never = matches!(shape, Shape::Async) && returns::is_never(&item.sig.output);
    if never && options.or.is_none() && item.body.is_some() {
        errors.on(&item.sig.output, "`!` cannot say that it was cancelled; write `#[cancellable(or = <expr>)]` with an expression that does not return");
    }
    if let Some(at) = own.send {
        if !matches!(shape, Shape::Async) {
            errors.at(
                at,
                "the return type is written out here: add `+ Send` to it",
            );
        } else if place.keep_async
            || (item.body.is_some() && item.attrs.iter().any(interplay::is_foreign))
        {
            errors.at(at, "an attribute below this one needs to see an `async fn`, which cannot be declared `Send`");
        } else if place.block == Some(BlockKind::Impl) || is_clearly_free(item, place) {
            errors.at(at, "`send` belongs on a trait or its methods; elsewhere the future is `Send` when its body is");
        }
    }
}

fn is_clearly_free(item: &FnItem, place: Place) -> bool {
    let is_public = !matches!(item.vis, syn::Visibility::Inherited);
    place.block.is_none() && (is_public || (item.sig.receiver().is_none() && item.body.is_some()))
}

/// Refuses arguments in `or`: it is evaluated when the body, into which they have moved, is gone.
pub(crate) fn or(or: &Expr, sig: &Signature, errors: &mut Errors) -> bool {
    let mut sound = true;
    let mut names: Vec<String> = params::arguments(sig)
        .flat_map(|argument| bound_names(argument.pat.to_token_stream()))
        .collect();
    names.extend(sig.receiver().map(|_| String::from("self")));
    if let Expr::Closure(closure) = or
        && closure.inputs.len() != 1
    {
        sound = false;
        errors.on(
            closure,
            "expected `|err| <expr>`: a closure that takes the error",
        );
    }
    let tokens = or.to_token_stream();
    if names.is_empty() {
        return sound;
    }
    // What it binds itself is another; where it is not, the compiler says so.
    let own = bound_within(tokens.clone());
    names.retain(|name| !own.contains(name));
    let mut refuse = |at: Span, name: &dyn Display| {
        sound = false;
        errors.at(
            at,
            format_args!("`{name}` has moved into the body, and `or` is evaluated after the body is dropped; it cannot name an argument"),
        );
    };
    each_use(tokens.clone(), &mut |ident| {
        if names.iter().any(|name| ident == name) {
            refuse(ident.span(), ident);
        }
    });
    each_format(tokens, &mut |literal| {
        let text = literal.to_string();
        if let Some(name) = names.iter().find(|name| formats(&text, name)) {
            refuse(literal.span(), name);
        }
    });
    sound
}

/// The names that an expression binds somewhere: in a `let` or a `for`, in a closure's parameters, in an arm of a `match`, or as an
/// argument of a macro's.
fn bound_within(tokens: TokenStream) -> Vec<String> {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let is_sign = |at: usize, sign: char| matches!(trees.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
    let is_word = |at: usize, word: &str| matches!(trees.get(at), Some(TokenTree::Ident(ident)) if ident == word);
    let mut names = Vec::new();
    let mut bind = |trees: &[TokenTree]| {
        names.extend(bound_names(trees.iter().cloned().collect()));
    };
    let find = |from: usize, ends: &dyn Fn(usize) -> bool| (from..trees.len()).find(|at| ends(*at));
    let mut closed = 0;
    for at in 0..trees.len() {
        let end = if is_word(at, "let") {
            find(at + 1, &|at| is_sign(at, '='))
        } else if is_word(at, "for") {
            find(at + 1, &|at| is_word(at, "in"))
        } else if is_sign(at, '|') && at >= closed {
            let end = find(at + 1, &|at| is_sign(at, '|'));
            closed = end.map_or(trees.len(), |end| end + 1);
            end
        } else {
            None
        };
        if let Some(end) = end {
            bind(&trees[at..end]);
        } else if is_sign(at, '=') && is_sign(at + 1, '>') {
            let start = (0..at).rfind(|at| is_sign(*at, ','));
            bind(&trees[start.unwrap_or_default()..at]);
        } else if is_sign(at, '=') && !is_sign(at + 1, '=') && at > 0 {
            bind(&trees[at - 1..at]);
        }
    }
    for tree in &trees {
        if let TokenTree::Group(group) = tree {
            names.extend(bound_within(group.stream()));
        }
    }
    names
}

/// Macros of the language that take a format.
const FORMATTING: [&str; 12] = [
    "format",
    "format_args",
    "panic",
    "print",
    "println",
    "eprint",
    "eprintln",
    "write",
    "writeln",
    "todo",
    "unimplemented",
    "unreachable",
];

/// Calls `f` for each literal that may be the format of a macro of the language.
fn each_format(tokens: TokenStream, f: &mut dyn FnMut(&Literal)) {
    let mut is_formatting = [false; 2];
    for tree in tokens {
        if let TokenTree::Group(group) = &tree {
            if is_formatting[1] {
                for tree in group.stream() {
                    if let TokenTree::Literal(literal) = &tree {
                        f(literal);
                    }
                }
            }
            each_format(group.stream(), f);
        }
        is_formatting = match &tree {
            TokenTree::Ident(name) => [FORMATTING.iter().any(|other| name == other), false],
            TokenTree::Punct(punct) => [false, is_formatting[0] && punct.as_char() == '!'],
            _ => [false; 2],
        };
    }
}

/// Whether a format takes `name` from around it.
fn formats(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let braces = before.len() - before.trim_end_matches('{').len();
        let is_width =
            after.starts_with('$') && before.ends_with([':', '.', '<', '^', '>', '0', '#']);
        is_width || braces % 2 == 1 && after.starts_with(['}', ':'])
    })
}

/// The identifiers in a pattern that look like bindings.
fn bound_names(pattern: TokenStream) -> Vec<String> {
    let mut names = Vec::new();
    each_use(pattern, &mut |ident| {
        let name = ident.to_string();
        if name.starts_with(|c: char| c.is_lowercase() || c == '_')
            && !["mut", "ref", "_"].contains(&name.as_str())
        {
            names.push(name);
        }
    });
    names
}

/// Calls `f` for each identifier that is neither a field, nor a path to somewhere, nor a macro's name.
pub(crate) fn each_use(tokens: TokenStream, f: &mut dyn FnMut(&Ident)) {
    let mut trees = tokens.into_iter().peekable();
    let mut after_dot = false;
    while let Some(tree) = trees.next() {
        match &tree {
            TokenTree::Ident(ident) => {
                let goes_on = matches!(trees.peek(), Some(TokenTree::Punct(next)) if matches!(next.as_char(), ':' | '!'));
                if !after_dot && !goes_on {
                    f(ident);
                }
            }
            TokenTree::Group(group) => each_use(group.stream(), f),
            _ => {}
        }
        after_dot = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '.');
    }
}
