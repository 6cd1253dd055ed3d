//! `ctx_key!`: newtypes that are key and value in one.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Expr, LitStr, Meta, Token, Type, Visibility, parenthesized, token};

use crate::errors::Errors;
use crate::lifetimes::{self, Place};
use crate::options::{flag, next_option, skip_to_comma};
use crate::suggest;

mod derives;
mod expand;

const OPTIONS: [&str; 3] = ["default", "secret", "header"];

/// One declaration, with what was wrong with it taken out.
struct Key {
    attrs: Vec<Attribute>,
    vis: Visibility,
    struct_token: Token![struct],
    name: Ident,
    field_attrs: Vec<Attribute>,
    field_vis: Visibility,
    ty: Type,
    semi: Token![;],
    default: Option<Expr>,
    secret: bool,
    header: Option<LitStr>,
}

/// Expands `(path::to::ctx_core) declarations`.
pub(crate) fn ctx_key(tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut out = TokenStream::new();
    let parser = |input: ParseStream<'_>| {
        let path;
        parenthesized!(path in input);
        let krate: TokenStream = path.parse()?;
        while !input.is_empty() {
            match Key::parse(input, &mut errors) {
                Ok(key) => out.extend(key.expand(&krate)),
                Err(error) => {
                    errors.push(error);
                    skip_declaration(input);
                }
            }
        }
        Ok(())
    };
    let parsed = parser.parse2(tokens);
    errors.ok(parsed);
    let errors = errors.into_tokens();
    quote!(#out #errors)
}

fn equals(input: ParseStream<'_>, name: &Ident, form: &str) -> syn::Result<()> {
    match input.parse::<Option<Token![=]>>()? {
        Some(_) if !input.is_empty() && !input.peek(Token![,]) => Ok(()),
        _ => Err(syn::Error::new(name.span(), format!("expected `{form}`"))),
    }
}

/// Skips behind the next `;` or brace group, so that the declarations behind a wrong one are still made.
fn skip_declaration(input: ParseStream<'_>) {
    while let Ok(tree) = input.parse::<TokenTree>() {
        let ends = match &tree {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == proc_macro2::Delimiter::Brace,
            _ => false,
        };
        if ends {
            break;
        }
    }
}

impl Key {
    fn parse(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Key> {
        let attrs = Attribute::parse_outer(input)?;
        let vis = input.parse()?;
        if input.peek(Token![enum]) || input.peek(Token![union]) || input.peek(Token![type]) {
            return Err(input.error("a key is a struct of one field: `pub struct UserIp(pub IpAddr);`; hold this one in it"));
        }
        let struct_token = input.parse()?;
        let name: Ident = input.parse()?;
        if input.peek(Token![<]) {
            let generics: syn::Generics = input.parse()?;
            errors.on(
                &generics,
                "a key has no generics: each key is one type; declare one for each inner type",
            );
        }
        if !input.peek(token::Paren) {
            let at = if input.is_empty() {
                name.span()
            } else {
                input.span()
            };
            let message =
                format!("a key holds one value, without a name: `struct {name}(String);`");
            return Err(syn::Error::new(at, message));
        }
        let fields;
        let parentheses = parenthesized!(fields in input);
        if fields.is_empty() {
            let message = format!("a key holds one value: `struct {name}(String);`");
            let error = syn::Error::new(parentheses.span.join(), message);
            return Err(error);
        }
        let field_attrs = Attribute::parse_outer(&fields)?;
        let field_vis = fields.parse()?;
        let mut ty = Type::parse(&fields)?;
        fields.parse::<Option<Token![,]>>()?;
        if !fields.is_empty() {
            let rest: TokenStream = fields.parse()?;
            errors.on(
                rest,
                "a key holds one value; put the others in it: a struct, or a tuple",
            );
        }
        if input.peek(Token![where]) {
            let clause: syn::WhereClause = input.parse()?;
            errors.on(clause, "a key has no generics to constrain");
        }
        let semi = input.parse::<Option<Token![;]>>()?;
        if semi.is_none() {
            errors.at(
                parentheses.span.close(),
                format_args!("expected `;` after `struct {name}(..)`"),
            );
            if !(input.peek(Token![#]) || input.peek(Token![pub]) || input.peek(Token![struct])) {
                skip_declaration(input);
            }
        }
        own(&mut ty, errors);
        let (default, secret, header) = (None, false, None);
        let mut key = Key {
            attrs,
            vis,
            struct_token,
            name,
            field_attrs,
            field_vis,
            ty,
            semi: semi.unwrap_or_default(),
            default,
            secret,
            header,
        };
        key.take_options(errors);
        key.check_derives(errors);
        Ok(key)
    }

    /// Takes the `#[key(..)]` attributes out of the others.
    fn take_options(&mut self, errors: &mut Errors) {
        for attr in std::mem::take(&mut self.attrs) {
            if !attr.path().is_ident("key") {
                self.attrs.push(attr);
                continue;
            }
            let Meta::List(list) = &attr.meta else {
                errors.on(&attr, "expected `#[key(default = <expr>)]`, `#[key(secret)]` or `#[key(header = \"x-name\")]`");
                continue;
            };
            let parser = |input: ParseStream<'_>| {
                while !input.is_empty() {
                    if let Err(error) = self.take_option(input, errors) {
                        errors.push(error);
                        skip_to_comma(input);
                    }
                    next_option(input, errors);
                }
                Ok(())
            };
            let parsed = parser.parse2(list.tokens.clone());
            errors.ok(parsed);
        }
    }

    fn take_option(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected an option: one of `default`, `secret`, `header`"));
        }
        let name = Ident::parse_any(input)?;
        let twice = match name.to_string().as_str() {
            "secret" => {
                flag(input, name.span())?;
                std::mem::replace(&mut self.secret, true)
            }
            "default" => {
                equals(input, &name, "default = <expr>")?;
                self.default.replace(input.parse()?).is_some()
            }
            "header" => {
                equals(input, &name, "header = \"x-name\"")?;
                let header: LitStr = input.parse()?;
                if let Err(wrong) = check_header(&header.value()) {
                    errors.at(header.span(), wrong);
                }
                self.header.replace(header).is_some()
            }
            unknown => {
                let meant = match suggest::closest(unknown, &OPTIONS) {
                    Some(meant) => format!("; did you mean `{meant}`? One"),
                    None => String::from("; one"),
                };
                let message =
                    format!("unknown option `{unknown}`{meant} of `default`, `secret`, `header`");
                return Err(syn::Error::new(name.span(), message));
            }
        };
        if twice {
            errors.at(
                name.span(),
                format_args!("`{name}` stands here twice; keep one"),
            );
        }
        Ok(())
    }

    /// A secret must not get a `Debug` that prints it.
    fn check_derives(&mut self, errors: &mut Errors) {
        if !self.secret {
            return;
        }
        for attr in &mut self.attrs {
            if let Some(debug) = derives::find_debug(attr) {
                errors.at(
                    debug.span(),
                    "a secret is never printed: its `Debug` is `<secret>`; leave this one out",
                );
                derives::drop_debug(attr);
            }
        }
    }
}

/// Refuses borrowed inner types, and makes them `'static` so that this is the only error.
fn own(ty: &mut Type, errors: &mut Errors) {
    let is_static = syn::Lifetime::new("'static", Span::call_site());
    let mut borrowed = false;
    lifetimes::each(ty, &mut |place| {
        let is_fine = matches!(&place, Place::Written(lifetime) if lifetime.ident == "static");
        if !is_fine {
            borrowed = true;
            place.set(&is_static);
        }
    });
    if borrowed {
        errors.on(
            ty.to_token_stream(),
            "a key owns its value, as it outlives the call that sets it: hold a `String`, an `Arc<_>`, or a `&'static _`",
        );
    }
}

/// Whether `name` may be the name of an HTTP header, as it is sent in HTTP/2.
fn check_header(name: &str) -> Result<(), String> {
    let wrong = name.chars().find(|c| {
        !(c.is_ascii_lowercase() || c.is_ascii_digit() || "!#$%&'*+-.^_`|~".contains(*c))
    });
    match wrong {
        None if name.is_empty() => Err("a header needs a name: `\"x-request-id\"`".into()),
        None => Ok(()),
        Some(upper) if upper.is_ascii_uppercase() => Err(format!(
            "header names are lower-case: \"{}\"",
            name.to_ascii_lowercase()
        )),
        Some(wrong) => Err(format!(
            "`{}` cannot stand in the name of a header",
            wrong.escape_default()
        )),
    }
}
