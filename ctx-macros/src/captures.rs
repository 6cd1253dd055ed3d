//! What the body's block captures, and the locals that it makes of that.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, FnArg, Meta, MetaList, Pat, PatIdent, PatType, ReceiverKind, Signature, Token, Type,
};

use crate::expand::{ends_of, local_at};
use crate::params::peel;
use crate::patterns;

/// A parameter that the body's block captures.
#[derive(Clone)]
pub(crate) struct Capture {
    /// `cfg` and lints, under conditions or not.
    pub(crate) attrs: Vec<Attribute>,
    /// `expect`, for the pattern alone: it must come true there, and only there.
    pub(crate) expected: Vec<Attribute>,
    pub(crate) ident: Ident,
    /// If it is `mut`, or its pattern has `ref mut`.
    pub(crate) mutable: Option<Token![mut]>,
    /// What the user wrote in place of a name; or the name, where a pattern before it has made it a local too.
    pub(crate) pattern: Option<Pat>,
    /// Whether it becomes a local under that name.
    pub(crate) is_local: bool,
}

impl Capture {
    /// One that stays what it is.
    fn new(attrs: &[Attribute], ident: Ident, mutable: Option<Token![mut]>) -> Capture {
        Capture {
            attrs: attrs.iter().filter_map(cfg_or_lint).collect(),
            expected: Vec::new(),
            ident,
            mutable,
            pattern: None,
            is_local: false,
        }
    }
}

/// Lists what the body must capture, in order of declaration, and, with `rename`, gives every parameter a plain name.
/// Without, patterns stay where they are, and what they bind is captured. What they do not bind cannot be named, and drops
/// with the function.
///
/// Locals drop before captures. So what stands behind a pattern, whose parts are locals, becomes a local as well:
/// the order of drops is then that of an `async fn`.
/// So does one of which a lint is expected: capturing it would use it. And one that is assigned to, of which `lints` tells:
/// of what is captured, the compiler says otherwise that the value is never read.
/// A reference needs none of that: nobody sees when it drops, and the body captures it by using it.
/// The context is neither: the race refers to it by its name, and when its handle drops cannot be seen.
pub(crate) fn captures(
    sig: &mut Signature,
    ctx: Option<&Ident>,
    rename: bool,
    is_assigned: &dyn Fn(&Ident) -> bool,
) -> Vec<Capture> {
    let mut captures = Vec::new();
    let mut locals = false;
    for (index, input) in sig.inputs.iter_mut().enumerate() {
        let argument = match input {
            FnArg::Typed(argument) => argument,
            FnArg::Receiver(receiver) => {
                if !matches!(receiver.kind, ReceiverKind::Reference(..)) {
                    let ident = Ident::from(receiver.self_token);
                    captures.push(Capture::new(&receiver.attrs, ident, receiver.mutability));
                }
                continue;
            }
        };
        let is_expected = argument.attrs.iter().any(is_expect);
        if let Some(name) = patterns::name(&mut argument.pat) {
            let (ident, mutable) = (name.ident.clone(), name.mutability);
            let is_reference = matches!(peel(&argument.ty), Type::Reference(_));
            if mutable.is_none() && is_reference {
                continue;
            }
            let is_local = locals || is_expected || mutable.is_some() && is_assigned(&ident);
            if !is_local || ctx == Some(&ident) {
                captures.push(Capture::new(&argument.attrs, ident, mutable));
                continue;
            }
            // Whoever has to see the function has to see its names.
            if !rename && !is_expected {
                name.mutability = None;
                locals = true;
                captures.push(Capture {
                    is_local,
                    ..Capture::new(&argument.attrs, ident, mutable)
                });
                continue;
            }
        }
        if rename {
            let capture = apart(argument, index, locals);
            locals |= !capture.pattern.as_ref().is_some_and(patterns::is_wild);
            captures.push(capture);
        } else if !is_expected {
            patterns::each_binding(&argument.pat, &mut |bound| {
                if bound.by_ref.is_none() {
                    captures.push(Capture {
                        is_local: locals && bound.mutability.is_none(),
                        ..Capture::new(&argument.attrs, bound.ident.clone(), bound.mutability)
                    });
                }
            });
        }
    }
    captures
}

/// Leaves a name in the place of a parameter's pattern, by which the body's block is to take the value apart.
fn apart(argument: &mut PatType, index: usize, locals: bool) -> Capture {
    // What cannot be moved out of it is reported from where it begins.
    let start = argument.pat.to_token_stream().into_iter().next();
    let start = start.map_or_else(Span::call_site, |tree| tree.span());
    let ident = local_at(&format!("arg{index}"), start);
    let name = Pat::Ident(PatIdent {
        attrs: Vec::new(),
        by_ref: None,
        mutability: None,
        ident: ident.clone(),
        subpat: None,
    });
    let pattern = std::mem::replace(&mut *argument.pat, name);
    let expected = argument.attrs.extract_if(.., |attr| is_expect(attr));
    let expected = expected.collect();
    let mutable = patterns::binds_mutably(&pattern).then(Default::default);
    Capture {
        expected,
        is_local: locals && patterns::is_wild(&pattern),
        pattern: Some(pattern),
        ..Capture::new(&argument.attrs, ident, mutable)
    }
}

/// An attribute that a statement may carry over from a parameter, or what it may carry of one under a condition.
pub(crate) fn cfg_or_lint(attr: &Attribute) -> Option<Attribute> {
    cfg_or_lint_of(&attr.meta).map(|meta| Attribute {
        meta,
        ..attr.clone()
    })
}

fn cfg_or_lint_of(meta: &Meta) -> Option<Meta> {
    let is = |name| meta.path().is_ident(name);
    if ["cfg", "allow", "warn", "deny", "forbid"]
        .into_iter()
        .any(is)
    {
        return Some(meta.clone());
    }
    let Meta::List(list) = meta else { return None };
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let parts = parser.parse2(list.tokens.clone()).ok();
    let mut parts = parts.filter(|_| is("cfg_attr"))?.into_iter();
    let condition = parts.next()?;
    let applied: Vec<Meta> = parts.filter_map(|meta| cfg_or_lint_of(&meta)).collect();
    (!applied.is_empty()).then(|| {
        Meta::List(MetaList {
            tokens: quote!(#condition, #(#applied),*),
            ..list.clone()
        })
    })
}

/// Takes the `mut` and what a lint is expected of off a parameter, in whose place the body has another variable. Returns what
/// that has to carry.
pub(crate) fn take_over(sig: &mut Signature, name: &Ident) -> Vec<Attribute> {
    for input in &mut sig.inputs {
        if let FnArg::Typed(argument) = input
            && let Pat::Ident(pattern) = &mut *argument.pat
            && pattern.ident == *name
        {
            pattern.mutability = None;
            let mut attrs: Vec<_> = argument.attrs.iter().filter_map(cfg_or_lint).collect();
            attrs.extend(argument.attrs.extract_if(.., |attr| is_expect(attr)));
            return attrs;
        }
    }
    Vec::new()
}

pub(crate) fn is_expect(attr: &Attribute) -> bool {
    attr.path().is_ident("expect")
}

/// Makes a local of what has been captured, where that is asked for.
///
/// What is said of a value that cannot be taken apart, or that is assigned to before it is read, has the place of the
/// whole pattern. No token of ours can have it, but an expression that begins and ends where the pattern does.
pub(crate) fn make_local(capture: &Capture, prologue: &mut TokenStream) {
    let Capture {
        attrs,
        expected,
        ident,
        mutable,
        pattern,
        is_local,
    } = capture;
    if *is_local {
        let value = match mutable {
            Some(mutable) => moved(ident, mutable.span, ident.span()),
            None => ident.to_token_stream(),
        };
        prologue.extend(quote!(#(#attrs)* let #mutable #ident = #value;));
    }
    let Some(pattern) = pattern
        .as_ref()
        .filter(|pattern| !patterns::is_wild(pattern))
    else {
        return;
    };
    let ends = ends_of(pattern);
    let value = match (pattern, ends) {
        (pattern, Some((start, end))) if patterns::is_name(pattern) => moved(ident, start, end),
        // What it leaves of the value has to drop with the others.
        (_, Some((_, end))) => {
            prologue.extend(quote!(#(#attrs)* let #mutable #ident = (#ident,);));
            let mut field = Literal::usize_unsuffixed(0);
            field.set_span(end.resolved_at(Span::mixed_site()));
            quote!(#ident.#field)
        }
        (_, None) => ident.to_token_stream(),
    };
    prologue.extend(quote!(#(#attrs)* #(#expected)* let #pattern = #value;));
}

/// A variable's value, as an expression that is between two places of the user's.
fn moved(ident: &Ident, start: Span, end: Span) -> TokenStream {
    let mut whole = Group::new(Delimiter::Parenthesis, quote!(#ident,));
    whole.set_span(start);
    let mut field = Literal::usize_unsuffixed(0);
    field.set_span(end);
    quote!(#whole.#field)
}
