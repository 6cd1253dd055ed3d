//! What the attribute stands on. Bodies stay tokens: they are not ours to parse, may be half-typed, and cost time.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, LitStr, Signature, Token, Visibility};

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

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if peek_fn(&input.fork()) {
            return Ok(Item::Fn(input.parse()?));
        }
        let attrs = Attribute::parse_outer(input)?;
        let header = input.fork();
        header.parse::<Visibility>()?;
        let start = header.span();
        loop {
            if header.peek(Token![impl]) {
                return Block::parse(attrs, BlockKind::Impl, input).map(Item::Block);
            } else if header.peek(Token![trait]) {
                return Block::parse(attrs, BlockKind::Trait, input).map(Item::Block);
            } else if header.peek(Token![unsafe])
                || header.peek(Token![auto])
                || header.peek(Token![default])
            {
                Ident::parse_any(&header)?;
            } else {
                input.parse::<TokenStream>()?;
                return Ok(Item::Other(start));
            }
        }
    }
}

/// Whether a function comes next, behind attributes and qualifiers.
fn peek_fn(input: ParseStream<'_>) -> bool {
    if Attribute::parse_outer(input).is_err() || input.parse::<Visibility>().is_err() {
        return false;
    }
    while let Ok(word) = Ident::parse_any(input) {
        match word.to_string().as_str() {
            "fn" => return true,
            "extern" => drop(input.parse::<Option<LitStr>>()),
            "default" | "const" | "async" | "unsafe" | "safe" => {}
            _ => return false,
        }
    }
    false
}

impl Parse for Box<FnItem> {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attrs = Attribute::parse_outer(input)?;
        let vis = input.parse()?;
        let defaultness = if input.peek(Token![default]) {
            Some(Ident::parse_any(input)?)
        } else {
            None
        };
        let sig = input.parse()?;
        let semi = input.parse::<Option<Token![;]>>()?;
        let body = match semi {
            Some(_) => None,
            None => Some(hoist_inner_attrs(braces(input)?, &mut attrs)),
        };
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
fn braces(input: ParseStream<'_>) -> syn::Result<Group> {
    let start = input.span();
    let mut tree = input.parse::<TokenTree>()?;
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

/// Turns `#![..]` at the head of a body into attributes of the function.
fn hoist_inner_attrs(body: Group, attrs: &mut Vec<Attribute>) -> Group {
    let parser = |input: ParseStream<'_>| {
        Ok((
            Attribute::parse_inner(input)?,
            input.parse::<TokenStream>()?,
        ))
    };
    match parser.parse2(body.stream()) {
        Ok((inner, rest)) if !inner.is_empty() => {
            attrs.extend(inner.into_iter().map(|attr| Attribute {
                style: syn::AttrStyle::Outer,
                ..attr
            }));
            regroup(&body, rest)
        }
        _ => body,
    }
}

/// The same braces around other tokens: coverage and many messages go by the span of a body's braces.
pub(crate) fn regroup(braces: &Group, stream: TokenStream) -> Group {
    let mut group = Group::new(Delimiter::Brace, stream);
    group.set_span(braces.span());
    group
}

/// Braces of ours around a body. Lints go by where an item ends; at the user's `}` it is the user's item.
pub(crate) fn enclose(body: &Group, stream: TokenStream) -> Group {
    let mut group = Group::new(Delimiter::Brace, stream);
    group.set_span(body.span_close());
    group
}

impl Block {
    fn parse(attrs: Vec<Attribute>, kind: BlockKind, input: ParseStream<'_>) -> syn::Result<Block> {
        let mut head = TokenStream::new();
        let braces = loop {
            match input.parse::<TokenTree>()? {
                TokenTree::Group(group)
                    if group.delimiter() == Delimiter::Brace && input.is_empty() =>
                {
                    break group;
                }
                other => other.to_tokens(&mut head),
            }
        };
        let members = |input: ParseStream<'_>| {
            let inner_attrs = Attribute::parse_inner(input)?;
            let mut members = Vec::new();
            while !input.is_empty() {
                members.push(Member::parse(input)?);
            }
            Ok((quote::quote!(#(#inner_attrs)*), members))
        };
        let (inner_attrs, members) = members.parse2(braces.stream())?;
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
        if peek_fn(&input.fork()) {
            return Ok(Member::Fn(input.parse()?));
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
