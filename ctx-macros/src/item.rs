//! What the attribute stands on. Bodies stay tokens: they are not ours to parse, may be half-typed, and cost time.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, LitStr, Signature, Token, Visibility};

use crate::names::is_of_word;

/// An annotated item.
pub(crate) enum Item {
    Fn(Box<FnItem>),
    Block(Block),
    /// Anything else, with the token to complain about.
    Other(Span),
}

/// A function, method, or declaration of one.
#[derive(Clone)]
pub(crate) struct FnItem {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) defaultness: Option<Ident>,
    pub(crate) sig: Signature,
    /// `None` for a declaration, which ends in `;`.
    pub(crate) body: Option<Group>,
    pub(crate) semi: Option<Token![;]>,
}

/// An `impl` or `trait` block.
pub(crate) struct Block {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) kind: BlockKind,
    /// Everything between the attributes and the braces.
    pub(crate) head: TokenStream,
    pub(crate) inner_attrs: TokenStream,
    pub(crate) members: Vec<Member>,
    pub(crate) braces: Group,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum BlockKind {
    Impl,
    Trait,
}

pub(crate) enum Member {
    Fn(Box<FnItem>),
    Other(TokenStream),
}

impl Item {
    /// Parses what stands before the braces at the end; what is in those is read by who needs it.
    pub(crate) fn parse(tokens: TokenStream) -> syn::Result<Item> {
        let mut head: Vec<TokenTree> = tokens.into_iter().collect();
        let braces = head.pop_if(|last| matches!(last, TokenTree::Group(_)));
        let parser = |input: ParseStream<'_>| Item::parse_head(input, braces);
        parser.parse2(head.into_iter().collect())
    }

    fn parse_head(input: ParseStream<'_>, braces: Option<TokenTree>) -> syn::Result<Item> {
        let attrs = Attribute::parse_outer(input)?;
        match next_item(&input.fork()) {
            Some(Next::Fn) => FnItem::parse(attrs, input, braces).map(Item::Fn),
            Some(Next::Block(kind)) => Block::parse(attrs, kind, input, braces).map(Item::Block),
            None => {
                let start = input.fork();
                start.parse::<Visibility>()?;
                input.parse::<TokenStream>()?;
                Ok(Item::Other(start.span()))
            }
        }
    }
}

enum Next {
    Fn,
    Block(BlockKind),
}

/// What comes next, behind a visibility and qualifiers.
fn next_item(input: ParseStream<'_>) -> Option<Next> {
    input.parse::<Visibility>().ok()?;
    while let Ok(word) = Ident::parse_any(input) {
        match word.to_string().as_str() {
            "fn" => return Some(Next::Fn),
            "impl" => return Some(Next::Block(BlockKind::Impl)),
            "trait" => return Some(Next::Block(BlockKind::Trait)),
            "extern" => drop(input.parse::<Option<LitStr>>()),
            "default" | "const" | "async" | "auto" | "unsafe" | "safe" => {}
            _ => return None,
        }
    }
    None
}

impl FnItem {
    /// `body` is the group behind what `input` has, if it is not `input` that has it.
    fn parse(
        mut attrs: Vec<Attribute>,
        input: ParseStream<'_>,
        body: Option<TokenTree>,
    ) -> syn::Result<Box<FnItem>> {
        let vis = input.parse()?;
        let defaultness = if input.peek(Token![default]) {
            Some(Ident::parse_any(input)?)
        } else {
            None
        };
        let sig = input.parse()?;
        let semi = input.parse::<Option<Token![;]>>()?;
        let body = match (semi, body) {
            (Some(_), _) => None,
            (None, Some(body)) => Some(braces(body)?),
            (None, None) => Some(braces(input.parse()?)?),
        };
        let body = body.map(|body| tidy(body, &mut attrs));
        Ok(Box::new(FnItem {
            attrs,
            vis,
            defaultness,
            sig,
            body,
            semi,
        }))
    }
}

/// A brace group, which a macro may have handed on as `$body:block`.
pub(crate) fn braces(mut tree: TokenTree) -> syn::Result<Group> {
    let start = tree.span();
    loop {
        match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return Ok(group),
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                let mut inner = group.stream().into_iter();
                match (inner.next(), inner.next()) {
                    (Some(only), None) => tree = only,
                    _ => return Err(syn::Error::new(start, "expected `{`")),
                }
            }
            _ => return Err(syn::Error::new(start, "expected `{`")),
        }
    }
}

/// The body with `#![..]` at its head moved to the function.
fn tidy(body: Group, attrs: &mut Vec<Attribute>) -> Group {
    let mut trees: Vec<TokenTree> = body.stream().into_iter().collect();
    if hoist_inner_attrs(&mut trees, attrs) {
        return regroup(&body, trees.into_iter().collect());
    }
    body
}

/// Turns `#![..]` at the head of a body into attributes of the function.
fn hoist_inner_attrs(trees: &mut Vec<TokenTree>, attrs: &mut Vec<Attribute>) -> bool {
    let comes = |at: usize, mark| matches!(trees.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == mark);
    if !(comes(0, '#') && comes(1, '!')) {
        return false;
    }
    let parser = |input: ParseStream<'_>| {
        Ok((
            Attribute::parse_inner(input)?,
            input.parse::<TokenStream>()?,
        ))
    };
    let Ok((inner, rest)) = parser.parse2(trees.iter().cloned().collect()) else {
        return false;
    };
    attrs.extend(inner.into_iter().map(|attr| Attribute {
        style: syn::AttrStyle::Outer,
        ..attr
    }));
    *trees = rest.into_iter().collect();
    true
}

/// The same braces around other tokens: coverage and many messages go by the span of a body's braces.
pub(crate) fn regroup(braces: &Group, stream: TokenStream) -> Group {
    let mut group = Group::new(Delimiter::Brace, stream);
    group.set_span(braces.span());
    group
}

/// A block with the user's behind a prologue, so that nothing that the user's declares hides what the prologue names. Both
/// have the span of the user's braces, which coverage and errors about a missing tail go by.
///
/// Before edition 2024 what the tail borrows from is dropped behind the locals of all of its blocks. Where the prologue has
/// some, `with_locals`, a block of ours keeps it before them.
pub(crate) fn behind(mut prologue: TokenStream, body: &Group, with_locals: bool) -> Group {
    let is_lone = is_lone(body);
    let mut inner = nested(body, is_lone);
    if with_locals && !is_lone && has_tail(body) {
        inner = Group::new(Delimiter::Brace, TokenTree::from(inner).into());
        inner.set_span(body.span().resolved_at(Span::call_site()));
    }
    prologue.extend([TokenTree::from(inner)]);
    regroup(body, prologue)
}

/// The user's block as it stands behind a prologue: in the user's edition, which says when its tail is dropped.
pub(crate) fn nested(body: &Group, is_lone: bool) -> Group {
    let mut inner = body.clone();
    if is_lone {
        // Around nothing but a tail, braces of the user's would be found to be superfluous. There is nothing before which it
        // could be dropped.
        inner.set_span(body.span().resolved_at(Span::call_site()));
    }
    inner
}

fn has_tail(body: &Group) -> bool {
    (body.stream().into_iter().last())
        .is_some_and(|last| !matches!(last, TokenTree::Punct(punct) if punct.as_char() == ';'))
}

/// Whether all that a block has is a tail, or statements that declare nothing.
pub(crate) fn is_lone(body: &Group) -> bool {
    let trees: Vec<TokenTree> = body.stream().into_iter().collect();
    let is_sign = |tree: Option<&TokenTree>, signs: &[char]| matches!(tree, Some(TokenTree::Punct(punct)) if signs.contains(&punct.as_char()));
    let declares = |at: usize| match &trees[at] {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Ident(word) => at == 0 && word == "let",
        // A macro may.
        TokenTree::Group(group) => {
            group.delimiter() == Delimiter::Brace
                && at > 0
                && is_sign(trees.get(at - 1), &['!'])
                && at + 1 < trees.len()
                && !is_sign(trees.get(at + 1), &['.', '?'])
        }
        TokenTree::Literal(_) => false,
    };
    !trees.is_empty() && !is_unfinished(&trees) && !(0..trees.len()).any(declares)
}

/// Whether something is missing at the end of a tail. That is reported at the user's `}`, so the braces have to stay.
fn is_unfinished(tail: &[TokenTree]) -> bool {
    let is_one_of = |word: &Ident, words: &[&str]| words.iter().any(|it| word == it);
    let is_block = |tree: &TokenTree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    match tail {
        [.., before, TokenTree::Punct(last)] if last.as_char() == '.' => {
            !matches!(before, TokenTree::Punct(dot) if dot.as_char() == '.')
        }
        [.., TokenTree::Punct(last)] => UNFINISHED.contains(&last.as_char()),
        [.., TokenTree::Ident(last)] if is_one_of(last, &LEADING) => true,
        [TokenTree::Ident(first), ..] if is_one_of(first, &HEADS) => !tail.iter().any(is_block),
        _ => false,
    }
}

/// The signs that no tail ends in, but for `..`.
const UNFINISHED: [char; 14] = [
    '.', ':', '+', '-', '*', '/', '%', '^', '&', '|', '=', '!', ',', '<',
];

/// The words that no tail ends in.
const LEADING: [&str; 14] = [
    "as", "async", "else", "for", "if", "in", "loop", "match", "move", "mut", "ref", "unsafe",
    "use", "while",
];

/// The words that begin what has braces, or is no tail.
const HEADS: [&str; 5] = ["for", "if", "match", "use", "while"];

/// The same, from what the block says between its braces.
pub(crate) fn is_lone_in(body: &Group, inside: &str) -> bool {
    let is_let = (inside.strip_prefix("let")).is_some_and(|rest| !rest.starts_with(is_of_word));
    let is_unfinished = inside.ends_with(UNFINISHED) && !inside.ends_with("..");
    if inside.is_empty() || inside.ends_with(';') || is_let || is_unfinished {
        return false;
    }
    if inside.contains("!{") || inside.contains("! ") {
        return is_lone(body);
    }
    let ends_as_tail = || {
        let may_be_unfinished = inside.ends_with(is_of_word)
            && LEADING.iter().any(|word| inside.ends_with(word))
            || !inside.ends_with('}') && HEADS.iter().any(|head| inside.starts_with(head));
        !may_be_unfinished || is_lone(body)
    };
    if !inside.contains(';') {
        return ends_as_tail();
    }
    let (mut depth, mut before) = (0, b' ');
    let mut signs = inside.bytes();
    while let Some(sign) = signs.next() {
        match sign {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b';' if depth == 0 => return false,
            b'"' if !matches!(before, b'r' | b'#') => skip_string(&mut signs),
            // Whatever else may say anything.
            b'"' | b'\'' | b'/' => return is_lone(body),
            _ => {}
        }
        before = sign;
    }
    ends_as_tail()
}

/// Goes on behind a string's end.
fn skip_string(signs: &mut impl Iterator<Item = u8>) {
    while let Some(sign) = signs.next() {
        match sign {
            b'\\' => drop(signs.next()),
            b'"' => return,
            _ => {}
        }
    }
}

/// Braces of ours around a body. Lints go by where an item ends; at the user's `}` it is the user's item.
pub(crate) fn enclose(body: &Group, stream: TokenStream) -> Group {
    let mut group = Group::new(Delimiter::Brace, stream);
    group.set_span(body.span_close());
    group
}

impl Block {
    fn parse(
        attrs: Vec<Attribute>,
        kind: BlockKind,
        input: ParseStream<'_>,
        braces: Option<TokenTree>,
    ) -> syn::Result<Block> {
        let head = input.parse()?;
        let braces = self::braces(braces.ok_or_else(|| input.error("expected `{`"))?)?;
        // Within its braces: where something is missing at their end, the place of that is theirs.
        let members = |input: ParseStream<'_>| {
            let content;
            syn::braced!(content in input);
            let inner_attrs = Attribute::parse_inner(&content)?;
            let mut members = Vec::new();
            while !content.is_empty() {
                members.push(Member::parse(&content)?);
            }
            Ok((quote::quote!(#(#inner_attrs)*), members))
        };
        let (inner_attrs, members) = members.parse2(TokenTree::from(braces.clone()).into())?;
        Ok(Block {
            attrs,
            kind,
            head,
            inner_attrs,
            members,
            braces,
        })
    }
}

impl Member {
    fn parse(input: ParseStream<'_>) -> syn::Result<Member> {
        let start = input.fork();
        if let Ok(attrs) = Attribute::parse_outer(&start)
            && let Some(Next::Fn) = next_item(&start.fork())
        {
            input.advance_to(&start);
            return FnItem::parse(attrs, input, None).map(Member::Fn);
        }
        let mut tokens = TokenStream::new();
        let mut is_macro = false;
        while !input.is_empty() {
            let tree = input.parse::<TokenTree>()?;
            let (bang, semi, brace) = match &tree {
                TokenTree::Punct(punct) => (punct.as_char() == '!', punct.as_char() == ';', false),
                TokenTree::Group(group) => (false, false, group.delimiter() == Delimiter::Brace),
                _ => (false, false, false),
            };
            tree.to_tokens(&mut tokens);
            if semi || (is_macro && brace) {
                break;
            }
            is_macro = bang;
        }
        Ok(Member::Other(tokens))
    }
}
