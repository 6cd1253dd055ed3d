//! The options of `#[cancellable(..)]`.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprLit, Lit, Path, Token, parse_quote};

use crate::errors::Errors;
use crate::{duration, suggest};

const NAMES: [&str; 8] = [
    "or", "timeout", "grace", "ctx", "current", "crate", "send", "skip",
];

/// What one attribute says, or a block's attribute and that of a function in it.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) or: Option<(Span, Expr)>,
    pub(crate) timeout: Option<(Span, Limit)>,
    pub(crate) grace: Option<(Span, Limit)>,
    pub(crate) ctx: Option<Ident>,
    pub(crate) current: Option<Span>,
    pub(crate) krate: Option<Path>,
    pub(crate) send: Option<Span>,
    pub(crate) skip: Option<Span>,
}

/// A duration: known here, or computed by the function.
#[derive(Clone)]
pub(crate) enum Limit {
    Literal(Duration, String),
    Computed(Expr),
}

impl Options {
    /// Reads what stands between the attribute's parentheses. What is wrong is reported and left out.
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Options {
        let mut options = Options::default();
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = options.parse_one(input, errors) {
                    errors.push(error);
                    skip_to_comma(input);
                }
                next_option(input, errors);
            }
            Ok(())
        };
        let parsed = parser.parse2(tokens);
        errors.ok(parsed);
        options
    }

    fn parse_one(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(format!("expected an option: one of {}", list())));
        }
        let name = Ident::parse_any(input)?;
        let span = name.span();
        let text = name.to_string();
        if self.has(&text) {
            errors.at(span, format_args!("`{text}` stands here twice; keep one"));
        }
        match text.as_str() {
            "or" => {
                let or = value(input, span, "or = <expr>` or `or = |err| <expr>");
                // Half-typed, it still says that the return type need not carry the error.
                let stand_in = || parse_quote!(|_| loop {});
                self.or = Some((
                    span,
                    or.as_ref().map_or_else(|_| stand_in(), closure_or_value),
                ));
                or?;
            }
            "timeout" => self.timeout = Some((span, limit(input, span, "timeout")?)),
            "grace" => self.grace = Some((span, limit(input, span, "grace")?)),
            "ctx" => self.ctx = Some(ident(input, span)?),
            "crate" => {
                equals(input, span, "crate = path::to::ctx_core")?;
                let path = Path::parse_mod_style(input);
                self.krate = Some(or_say(path, "a path: `crate = path::to::ctx_core`")?);
            }
            "current" => self.current = Some(flag(input, span)?),
            "send" => self.send = Some(flag(input, span)?),
            "skip" => self.skip = Some(flag(input, span)?),
            unknown => {
                let meant = match suggest::closest(unknown, &NAMES) {
                    Some(meant) => format!("; did you mean `{meant}`? One"),
                    None => String::from("; one"),
                };
                errors.at(
                    span,
                    format_args!("unknown option `{unknown}`{meant} of {}", list()),
                );
                skip_to_comma(input);
            }
        }
        Ok(())
    }

    /// Where what the expansion names is.
    pub(crate) fn private(&self) -> Private {
        Private(self.krate.clone())
    }

    fn has(&self, name: &str) -> bool {
        match name {
            "or" => self.or.is_some(),
            "timeout" => self.timeout.is_some(),
            "grace" => self.grace.is_some(),
            "ctx" => self.ctx.is_some(),
            "crate" => self.krate.is_some(),
            "current" => self.current.is_some(),
            "send" => self.send.is_some(),
            "skip" => self.skip.is_some(),
            _ => false,
        }
    }

    pub(crate) fn says_more_than_skip(&self) -> bool {
        NAMES.iter().any(|name| *name != "skip" && self.has(name))
    }

    /// The options of a function in an annotated block: its own, and the block's where it has none.
    pub(crate) fn or_default(self, block: &Options) -> Options {
        let names_context = self.ctx.is_some();
        let block = block.clone();
        Options {
            or: self.or.or(block.or),
            timeout: self.timeout.or(block.timeout),
            grace: self.grace.or(block.grace),
            ctx: if self.current.is_some() {
                self.ctx
            } else {
                self.ctx.or(block.ctx)
            },
            current: if names_context {
                self.current
            } else {
                self.current.or(block.current)
            },
            krate: self.krate.or(block.krate),
            send: self.send.or(block.send),
            skip: self.skip,
        }
    }
}

/// The path of `__private`. No `TokenStream`: each place that one is put in costs a call of the compiler.
pub(crate) struct Private(Option<Path>);

impl Private {
    /// The path of something in there, at `span`; the names that the user wrote of it stay where they are, for the one error
    /// that there is if they lead nowhere. A path begins where its first token is.
    pub(crate) fn path_to(&self, name: &str, span: Span, tokens: &mut TokenStream) {
        match &self.0 {
            Some(path) => {
                let colons = path.leading_colon.map(|_| Token![::](span));
                colons.to_tokens(tokens);
                path.segments.to_tokens(tokens);
            }
            None => {
                Token![::](span).to_tokens(tokens);
                Ident::new("ctx_core", span).to_tokens(tokens);
            }
        }
        for name in ["__private", name] {
            Token![::](span).to_tokens(tokens);
            Ident::new(name, span).to_tokens(tokens);
        }
    }

    /// Whether the user has written where it is.
    pub(crate) fn is_written(&self) -> bool {
        self.0.is_some()
    }
}

impl ToTokens for Private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let colons = <Token![::]>::default();
        match &self.0 {
            Some(path) => path.to_tokens(tokens),
            None => {
                colons.to_tokens(tokens);
                Ident::new("ctx_core", Span::call_site()).to_tokens(tokens);
            }
        }
        colons.to_tokens(tokens);
        Ident::new("__private", Span::call_site()).to_tokens(tokens);
    }
}

/// The same tokens, with this span.
pub(crate) fn relocate(tokens: TokenStream, span: Span) -> TokenStream {
    let relocated = tokens.into_iter().map(|mut tree| {
        // Which crate that means is in its span.
        if !matches!(&tree, TokenTree::Ident(ident) if ident == "$crate") {
            tree.set_span(span);
        }
        tree
    });
    relocated.collect()
}

fn list() -> String {
    NAMES.map(|name| format!("`{name}`")).join(", ")
}

fn equals(input: ParseStream<'_>, name: Span, form: &str) -> syn::Result<()> {
    match input.parse::<Option<Token![=]>>()? {
        Some(_) if !input.is_empty() && !input.peek(Token![,]) => Ok(()),
        _ => Err(syn::Error::new(name, format!("expected `{form}`"))),
    }
}

fn value(input: ParseStream<'_>, name: Span, form: &str) -> syn::Result<Expr> {
    equals(input, name, form)?;
    input.parse()
}

/// The expression behind parentheses and the invisible ones of a macro.
fn peel(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => peel(&group.expr),
        Expr::Paren(paren) => peel(&paren.expr),
        expr => expr,
    }
}

/// A closure without anything around it, or the expression as it is.
fn closure_or_value(expr: &Expr) -> Expr {
    match peel(expr) {
        closure @ Expr::Closure(_) => closure.clone(),
        _ => expr.clone(),
    }
}

fn ident(input: ParseStream<'_>, name: Span) -> syn::Result<Ident> {
    equals(input, name, "ctx = name")?;
    or_say(input.parse(), "a name: `ctx = name`")
}

/// In place of what the parser says was expected.
fn or_say<T>(parsed: syn::Result<T>, expected: &str) -> syn::Result<T> {
    parsed.map_err(|err| syn::Error::new(err.span(), format_args!("expected {expected}")))
}

pub(crate) fn flag(input: ParseStream<'_>, name: Span) -> syn::Result<Span> {
    if input.is_empty() || input.peek(Token![,]) {
        Ok(name)
    } else {
        Err(input.error("this option takes no value"))
    }
}

fn limit(input: ParseStream<'_>, name: Span, option: &str) -> syn::Result<Limit> {
    let expr = value(
        input,
        name,
        &format!("{option} = \"300ms\"` or `{option} = <expr>"),
    )?;
    let Expr::Lit(ExprLit { lit, .. }) = peel(&expr) else {
        return Ok(Limit::Computed(expr));
    };
    match lit {
        Lit::Str(text) => match duration::parse(&text.value()) {
            Ok(Duration::ZERO) if option == "timeout" => Err(syn::Error::new(
                text.span(),
                "with a timeout of zero the body would never start",
            )),
            Ok(Duration::ZERO) => Err(syn::Error::new(
                text.span(),
                "a grace of zero is none; leave it out",
            )),
            Ok(duration) => Ok(Limit::Literal(duration, text.value())),
            Err(wrong) => Err(syn::Error::new(text.span(), wrong)),
        },
        Lit::Int(number) if number.suffix().is_empty() => Err(syn::Error::new(
            number.span(),
            format!("a duration needs a unit: `{option} = \"{number}ms\"`?"),
        )),
        Lit::Int(number) => Err(syn::Error::new(
            number.span(),
            format!("a duration stands in quotes: `{option} = \"{number}\"`"),
        )),
        other => Err(syn::Error::new(
            other.span(),
            "expected a duration: a literal such as \"300ms\", or an expression",
        )),
    }
}

/// Takes the comma behind an option.
pub(crate) fn next_option(input: ParseStream<'_>, errors: &mut Errors) {
    if !input.is_empty() && input.parse::<Token![,]>().is_err() {
        errors.push(input.error("expected `,` between two options"));
        skip_to_comma(input);
        let _ = input.parse::<Token![,]>();
    }
}

pub(crate) fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _ = input.parse::<TokenTree>();
    }
}
