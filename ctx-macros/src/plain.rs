//! The plain case, from tokens to tokens: an `async fn` without options, whose parameters have plain names, and whose
//! return type says nothing of lifetimes. Most are like that, and hardly anything of them has to be parsed: a macro runs
//! unoptimized, and each token is felt. What this writes is what [`expand`](crate::expand) does; a test compares them.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Attribute;
use syn::parse::Parser;

use crate::expand::ours;
use crate::item::{enclose, is_lone_in, nested};
use crate::names::Code;
use crate::trees::Trees;
use crate::{interplay, lints, returns};

/// With more parameters, `clippy::too_many_arguments` has to be thought of.
const MOST_OTHERS: usize = 5;

/// What stands before the parameters.
struct Head<'t> {
    attrs: TokenStream,
    vis: &'t [TokenTree],
    is_async: &'t Ident,
    ident: &'t Ident,
    generics: &'t [TokenTree],
}

/// The parameters, with the context among them.
struct Parameters {
    group: Group,
    ctx: Ident,
    captures: Vec<Capture>,
    /// The others, which the body captures by using them.
    references: Vec<Ident>,
}

/// A parameter that is no reference, or `mut`: the body has to capture it.
struct Capture {
    mutable: Option<Ident>,
    ident: Ident,
}

/// What stands between the parameters and the body.
struct Output<'t> {
    arrow: &'t [TokenTree],
    /// Empty if it is left out.
    ty: &'t [TokenTree],
    /// As an alias, it may hide a lifetime.
    may_be_alias: bool,
    clause: &'t [TokenTree],
}

/// Expands the item, if it is plain.
pub(crate) fn expand(item: TokenStream) -> Option<TokenStream> {
    let item: Vec<TokenTree> = item.into_iter().collect();
    let (TokenTree::Group(body), rest) = item.split_last()? else {
        return None;
    };
    let (head, rest) = Head::read(rest)?;
    let (TokenTree::Group(parameters), rest) = rest.split_first()? else {
        return None;
    };
    let output = Output::read(rest)?;
    let parameters = Parameters::read(parameters, Ident::new("ctx", body.span_open()))?;
    let code = Code::from(body.clone());
    let inner = inner(body, &code.text)?;
    let is_assigned =
        |it: &Capture| (it.mutable.is_some() || it.ident == "self") && code.assigns(&it.ident);
    if code.ends_early || parameters.captures.iter().any(is_assigned) {
        return None;
    }

    let ends = (output.ty.first()).zip(output.ty.last());
    let ends = ends.map(|(first, last)| (first.span(), last.span()));
    let header_end = ends.map_or(parameters.group.span_close(), |(_, last)| last);
    let (start, end) = ours(ends);
    let unit = || Group::new(Delimiter::Parenthesis, TokenStream::new());
    let resolved = match output.ty {
        [] => &[unit().into()],
        ty => ty,
    };

    let mut block = Trees::new();
    let (captures, references) = (&parameters.captures, &parameters.references);
    let here = Span::call_site();
    for capture in captures.iter().rev() {
        block.write(here, &["let", "_", "=", "&"]);
        block.push(capture.ident.clone());
        block.write(here, &[";"]);
    }
    let mut outside = Trees::new();
    if code.may_not_match {
        for ident in captures.iter().map(|it| &it.ident).chain(references) {
            mention(ident, &mut outside);
        }
        for ident in references {
            unused(None, ident, &code, &mut block);
        }
    }
    hint(start, resolved, &mut block);
    for Capture { mutable, ident } in captures {
        unused(mutable.as_ref(), ident, &code, &mut block);
    }
    block.push(inner);
    let mut future = Trees::new();
    let first = (head.vis.first()).map_or(head.is_async.span(), TokenTree::span);
    future.write(first, &["async"]);
    future.write(header_end, &["move"]);
    future.push(block.into_group(Delimiter::Brace, body.span()));
    if output.may_be_alias {
        future = resolving(start, resolved, future);
    }
    race(head.ident, parameters.ctx, future, &mut outside);

    let mut out = Trees::new();
    out.append(head.attrs);
    out.extend(head.vis);
    out.write(head.is_async.span(), &["fn"]);
    out.push(head.ident.clone());
    out.extend(head.generics);
    out.push(parameters.group);
    match output.arrow {
        [] => out.write(start, &["->"]),
        arrow => out.extend(arrow),
    }
    out.write(start, &["impl"]);
    out.private(here, "Future");
    out.write(here, &["<", "Output", "="]);
    out.extend(resolved);
    out.write(end, &[">"]);
    match output.clause {
        [] => out.write(header_end, &["where"]),
        clause => out.extend(clause),
    }
    out.push(enclose(body, outside.into_stream()));
    Some(out.into_stream())
}

/// Makes the type of the block known before the user's first statement.
fn hint(at: Span, resolved: &[TokenTree], block: &mut Trees) {
    let mut hint = Trees::new();
    hint.write(at, &["return"]);
    hint.private(at, "never");
    hint.write(at, &["::", "<"]);
    hint.extend(resolved);
    hint.write(at, &[">"]);
    let mut nothing = Group::new(Delimiter::Parenthesis, TokenStream::new());
    nothing.set_span(at);
    hint.push(nothing);
    hint.write(at, &[";"]);
    block.write(at, &["if", "false"]);
    block.push(hint.into_group(Delimiter::Brace, at));
}

/// Counts as a use of a parameter.
fn mention(ident: &Ident, body: &mut Trees) {
    let here = Span::call_site();
    body.write(here, &["let", "_", "="]);
    body.push(ident.clone());
    body.write(here, &[";"]);
}

/// Has the compiler say of a parameter that it is unused, if it is.
fn unused(mutable: Option<&Ident>, ident: &Ident, code: &Code, block: &mut Trees) {
    if ident != "self"
        && let Some(unused) = lints::unused_one(&[], mutable, ident, code)
    {
        block.append(unused);
    }
}

/// Writes the type beside the future.
fn resolving(at: Span, resolved: &[TokenTree], future: Trees) -> Trees {
    let mut call = Trees::new();
    call.private(at, "resolving");
    call.write(at, &["::", "<"]);
    call.extend(resolved);
    call.write(at, &[",", "_", ">"]);
    call.push(future.into_group(Delimiter::Parenthesis, at));
    call
}

/// The end of the function's body.
fn race(name: &Ident, ctx: Ident, future: Trees, body: &mut Trees) {
    let (here, at) = (Span::call_site(), name.span());
    let mut arguments = Trees::new();
    arguments.push(ctx);
    arguments.write(here, &[",", "&"]);
    let name = name.to_string();
    arguments.push(Literal::string(name.strip_prefix("r#").unwrap_or(&name)));
    arguments.write(here, &[","]);
    arguments.join(future);
    body.write(here, &["return"]);
    body.private(at, "raced");
    body.push(arguments.into_group(Delimiter::Parenthesis, at));
}

impl<'t> Head<'t> {
    fn read(trees: &'t [TokenTree]) -> Option<(Head<'t>, &'t [TokenTree])> {
        let signs = trees
            .chunks(2)
            .take_while(|pair| is_sign(pair.first(), '#'));
        let (attrs, rest) = trees.split_at((2 * signs.count()).min(trees.len()));
        let attrs = match attrs {
            [] => TokenStream::new(),
            attrs => read_attrs(attrs)?,
        };
        let (vis, rest) = match rest {
            [TokenTree::Ident(word), TokenTree::Group(_), ..] if word == "pub" => rest.split_at(2),
            [TokenTree::Ident(word), ..] if word == "pub" => rest.split_at(1),
            rest => rest.split_at(0),
        };
        let [
            TokenTree::Ident(is_async),
            TokenTree::Ident(is_fn),
            TokenTree::Ident(ident),
            rest @ ..,
        ] = rest
        else {
            return None;
        };
        if is_async != "async" || is_fn != "fn" {
            return None;
        }
        let end = match rest.first() {
            sign if is_sign(sign, '<') => 1 + end_of(&rest[1..], '>')? + 1,
            _ => 0,
        };
        let (generics, rest) = rest.split_at_checked(end)?;
        if generics.iter().any(|tree| is_sign(Some(tree), '\'')) {
            return None;
        }
        let head = Head {
            attrs,
            vis,
            is_async,
            ident,
            generics,
        };
        Some((head, rest))
    }
}

/// The attributes, if the function is no matter to them.
fn read_attrs(trees: &[TokenTree]) -> Option<TokenStream> {
    let tokens: TokenStream = trees.iter().cloned().collect();
    let attrs = Attribute::parse_outer.parse2(tokens).ok()?;
    let is_of_matter =
        |attr: &Attribute| interplay::is_foreign(attr) || attr.path().is_ident("track_caller");
    if attrs.iter().any(is_of_matter) {
        return None;
    }
    let attrs = lints::documented(&attrs, "`ctx`", None);
    let mut out = TokenStream::new();
    attrs.iter().for_each(|attr| attr.to_tokens(&mut out));
    Some(out)
}

impl Parameters {
    fn read(group: &Group, ctx: Ident) -> Option<Parameters> {
        let inputs: Vec<TokenTree> = group.stream().into_iter().collect();
        let (mut receiver, mut others) = (0, 0);
        let (mut captures, mut references) = (Vec::new(), Vec::new());
        let mut rest = inputs.as_slice();
        while !rest.is_empty() {
            let (parameter, after) = rest.split_at(end_of(rest, ',')?);
            rest = after.get(1..).unwrap_or_default();
            let (mutable, ident, is_captured) = match parameter {
                [TokenTree::Ident(ident), TokenTree::Punct(colon), ty @ ..] if is_colon(colon) => {
                    others += 1;
                    (None, ident, by_value(ident, ty, others)?)
                }
                [
                    TokenTree::Ident(word),
                    TokenTree::Ident(ident),
                    TokenTree::Punct(colon),
                    ty @ ..,
                ] if is_colon(colon) && word == "mut" => {
                    others += 1;
                    by_value(ident, ty, others)?;
                    (Some(word), ident, true)
                }
                [TokenTree::Ident(ident)] if ident == "self" => (None, ident, true),
                [TokenTree::Ident(word), TokenTree::Ident(ident)]
                    if word == "mut" && ident == "self" =>
                {
                    (Some(word), ident, true)
                }
                [and, TokenTree::Ident(ident)] if is_sign(Some(and), '&') && ident == "self" => {
                    (None, ident, false)
                }
                [and, TokenTree::Ident(word), TokenTree::Ident(ident)]
                    if is_sign(Some(and), '&') && word == "mut" && ident == "self" =>
                {
                    (None, ident, false)
                }
                _ => return None,
            };
            if others == 0 {
                receiver = inputs.len() - rest.len();
            }
            let (mutable, ident) = (mutable.cloned(), ident.clone());
            if is_captured {
                captures.push(Capture { mutable, ident });
            } else {
                references.push(ident);
            }
        }
        if group.delimiter() != Delimiter::Parenthesis || others > MOST_OTHERS {
            return None;
        }

        let here = Span::call_site();
        let (receiver, others) = inputs.split_at(receiver);
        let mut trees = Trees::new();
        trees.extend(receiver);
        if !receiver.is_empty() && !is_sign(receiver.last(), ',') {
            trees.write(here, &[","]);
        }
        trees.push(ctx.clone());
        trees.write(here, &[":", "&"]);
        trees.private(here, "Ctx");
        if !others.is_empty() {
            trees.write(here, &[","]);
        }
        trees.extend(others);
        Some(Parameters {
            group: trees.into_group(Delimiter::Parenthesis, group.span()),
            ctx,
            captures,
            references,
        })
    }
}

/// Whether a parameter is no reference. `None` if it may be the context, or be meant to be.
fn by_value(name: &Ident, ty: &[TokenTree], number: usize) -> Option<bool> {
    if matches!(name.to_string().as_str(), "ctx" | "r#ctx" | "self" | "_") {
        return None;
    }
    if may_leave_out_in_impl(ty) {
        return None;
    }
    match ty {
        [TokenTree::Punct(and), ty @ ..] if and.as_char() == '&' => {
            let may_be_ctx = |tree: &TokenTree| match tree {
                TokenTree::Ident(word) => word == "Ctx",
                TokenTree::Group(group) => group.delimiter() == Delimiter::None,
                _ => false,
            };
            (number > 1 || !ty.iter().any(may_be_ctx)).then_some(false)
        }
        // There may be a reference in it.
        [TokenTree::Group(group), ..] if group.delimiter() != Delimiter::Bracket => None,
        _ => Some(true),
    }
}

/// Whether a lifetime may have been left out of an `impl Trait`, where only an `async fn` may do without.
fn may_leave_out_in_impl(ty: &[TokenTree]) -> bool {
    fn is_of_lifetime(tree: &TokenTree) -> bool {
        match tree {
            TokenTree::Punct(sign) => matches!(sign.as_char(), '&' | '\''),
            TokenTree::Group(group) => group.stream().into_iter().any(|tree| is_of_lifetime(&tree)),
            _ => false,
        }
    }
    let is_impl = |tree: &TokenTree| matches!(tree, TokenTree::Ident(word) if word == "impl");
    (ty.iter().rposition(is_of_lifetime)).is_some_and(|last| ty[..last].iter().any(is_impl))
}

fn is_colon(sign: &Punct) -> bool {
    sign.as_char() == ':' && sign.spacing() == Spacing::Alone
}

impl<'t> Output<'t> {
    fn read(trees: &'t [TokenTree]) -> Option<Output<'t>> {
        let (arrow, rest) = match trees {
            [TokenTree::Punct(dash), ..] if dash.as_char() == '-' => trees.split_at_checked(2)?,
            trees => trees.split_at(0),
        };
        let is_where = |tree: &TokenTree| matches!(tree, TokenTree::Ident(word) if word == "where");
        let end = rest.iter().position(is_where).unwrap_or(rest.len());
        let (ty, clause) = rest.split_at(end);
        let arguments = ty.iter().position(|tree| is_sign(Some(tree), '<'));
        let name = ty[..arguments.unwrap_or(ty.len())].last();
        let may_be_alias = matches!(name, Some(TokenTree::Ident(name))
            if returns::may_be_alias(name, arguments.is_some()));
        ty.iter().all(is_plain).then_some(Output {
            arrow,
            ty,
            may_be_alias,
            clause,
        })
    }
}

/// Whether a type that is made of such tokens says nothing of lifetimes, is not `!`, and may stand in an expression.
fn is_plain(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Ident(word) => !matches!(word.to_string().as_str(), "impl" | "dyn" | "Self"),
        TokenTree::Punct(punct) => matches!(punct.as_char(), ':' | '<' | '>' | ',' | ';' | '+'),
        TokenTree::Group(group) => {
            let mut trees = group.stream().into_iter();
            group.delimiter() != Delimiter::None && trees.all(|tree| is_plain(&tree))
        }
        TokenTree::Literal(_) => true,
    }
}

/// The user's block, as it stands in ours; `text` is what it says. `None` if it begins with an attribute of the function's.
fn inner(body: &Group, text: &str) -> Option<Group> {
    let inside = text.strip_prefix('{')?.strip_suffix('}')?.trim();
    let is_inner = |mark| inside.starts_with(mark);
    if body.delimiter() != Delimiter::Brace || ["#", "//!", "/*!"].into_iter().any(is_inner) {
        return None;
    }
    Some(nested(body, is_lone_in(body, inside)))
}

/// Where `stop` stands, or the end. `None` if there is an arrow: what it stands between is not looked into.
fn end_of(trees: &[TokenTree], stop: char) -> Option<usize> {
    let mut depth = 0;
    for (at, tree) in trees.iter().enumerate() {
        let TokenTree::Punct(punct) = tree else {
            continue;
        };
        match punct.as_char() {
            sign if depth == 0 && sign == stop => return Some(at),
            '<' => depth += 1,
            '>' => depth -= 1,
            '-' => return None,
            _ => {}
        }
    }
    Some(trees.len())
}

fn is_sign(tree: Option<&TokenTree>, sign: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}
