//! The parameters of a function: which is the context, which are values, which are its own.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, FnArg, GenericArgument, Meta, MetaList, Pat, PatIdent, PatType, PathArguments,
    ReceiverKind, Signature, Token, Type,
};

use crate::errors::Errors;
use crate::{checks, expand};

/// A `#[value]` parameter.
#[derive(Clone)]
pub(crate) struct Value {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) pat: Pat,
    /// As written.
    pub(crate) ty: Type,
    pub(crate) key: Type,
    pub(crate) optional: bool,
    pub(crate) by_ref: bool,
}

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
    /// Whether it is one of the names that a pattern binds, which stays where it is.
    pub(crate) is_part: bool,
}

/// How the context reaches the function.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum CtxParam {
    /// The user declared none.
    Injected,
    /// `&T`
    Borrowed,
    /// `T`
    Owned,
}

/// The context parameter that the user declared.
pub(crate) struct Declared {
    pub(crate) kind: CtxParam,
    pub(crate) ident: Ident,
    pub(crate) mutable: bool,
    pub(crate) ty: Type,
}

/// Takes the `#[value]` parameters out of the signature.
pub(crate) fn take_values(sig: &mut Signature, errors: &mut Errors) -> Vec<Value> {
    let mut values = Vec::new();
    let mut kept = Punctuated::new();
    for mut input in std::mem::take(&mut sig.inputs) {
        let attrs = match &mut input {
            FnArg::Receiver(receiver) => &mut receiver.attrs,
            FnArg::Typed(argument) => &mut argument.attrs,
        };
        let Some(at) = attrs.iter().position(|attr| attr.path().is_ident("value")) else {
            kept.push(input);
            continue;
        };
        let marker = attrs.remove(at);
        if !matches!(marker.meta, Meta::Path(_)) {
            errors.on(&marker, "`#[value]` takes no options");
        }
        while let Some(at) = attrs.iter().position(|attr| attr.path().is_ident("value")) {
            errors.on(attrs.remove(at), "`#[value]` stands here twice; keep one");
        }
        match input {
            FnArg::Receiver(_) => {
                errors.on(
                    &marker,
                    "`self` is no context value; put `#[value]` on another parameter",
                );
                kept.push(input);
            }
            FnArg::Typed(argument) => values.push(Value::new(argument, errors)),
        }
    }
    sig.inputs = kept;
    values
}

impl Value {
    fn new(argument: PatType, errors: &mut Errors) -> Value {
        let PatType { attrs, pat, ty, .. } = argument;
        let inner = option_of(&ty);
        let (key, by_ref) = match peel(inner.unwrap_or(&ty)) {
            Type::Reference(reference) => {
                if let Some(mutability) = &reference.mutability {
                    errors.on(mutability, "a context's values are shared: take `&K`, and put a lock or an atomic in the key");
                }
                ((*reference.elem).clone(), true)
            }
            other => (other.clone(), false),
        };
        Value {
            attrs,
            pat: *pat,
            key,
            optional: inner.is_some(),
            by_ref,
            ty: *ty,
        }
    }
}

/// `T` of `Option<T>`.
fn option_of(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = peel(ty) else {
        return None;
    };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(ty)) if arguments.args.len() == 1 => Some(ty),
        _ => None,
    }
}

/// The type behind parentheses and the invisible ones of a macro.
pub(crate) fn peel(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => peel(&group.elem),
        Type::Paren(paren) => peel(&paren.elem),
        ty => ty,
    }
}

/// Whether the last segment of `ty` is `name`.
pub(crate) fn is_named(ty: &Type, name: &str) -> bool {
    matches!(peel(ty), Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name))
}

/// Finds the parameter called `name`. `asked` is whether the user chose that name.
pub(crate) fn find_declared(
    sig: &Signature,
    name: &Ident,
    asked: bool,
    errors: &mut Errors,
) -> Option<Declared> {
    let mut first = true;
    for argument in arguments(sig) {
        match &*argument.pat {
            Pat::Ident(PatIdent {
                by_ref: None,
                mutability,
                ident,
                subpat: None,
                ..
            }) if is_same(ident, name) => {
                let kind = match peel(&argument.ty) {
                    Type::Reference(reference) if reference.mutability.is_none() => {
                        CtxParam::Borrowed
                    }
                    _ => CtxParam::Owned,
                };
                let ty = (*argument.ty).clone();
                return Some(Declared {
                    kind,
                    ident: ident.clone(),
                    mutable: mutability.is_some(),
                    ty,
                });
            }
            Pat::Ident(PatIdent {
                ident,
                subpat: None,
                ..
            }) if !is_same(ident, name) => {
                let is_ctx = matches!(peel(&argument.ty), Type::Reference(reference) if is_named(&reference.elem, "Ctx"));
                if first && is_ctx && !asked {
                    errors.at(
                        ident.span(),
                        format_args!(
                            "the context is called `{name}`; rename this parameter, or write `#[cancellable(ctx = {ident})]`"
                        ),
                    );
                    return find_declared(sig, ident, true, errors);
                }
            }
            pattern if binds(pattern, name) => {
                errors.on(
                    pattern,
                    format_args!("the context must be a parameter of its own: `{name}: &Ctx`, not bound by a pattern"),
                );
                return None;
            }
            _ => {}
        }
        first = false;
    }
    None
}

/// Whether a pattern binds `name`.
pub(crate) fn binds(pattern: &Pat, name: &Ident) -> bool {
    let mut found = false;
    checks::each_use(pattern.to_token_stream(), &mut |ident| {
        found |= is_same(ident, name);
    });
    found
}

/// Calls `f` for each name that a pattern binds, where that can be told: a constant looks like one.
fn each_binding<'p>(pattern: &'p Pat, f: &mut dyn FnMut(&'p PatIdent)) {
    match pattern {
        Pat::Ident(bound) => {
            let name = bound.ident.unraw().to_string();
            if bound.mutability.is_some()
                || bound.by_ref.is_some()
                || bound.subpat.is_some()
                || name.starts_with(|sign: char| sign == '_' || sign.is_lowercase())
            {
                f(bound);
            }
            if let Some((_, pattern)) = &bound.subpat {
                each_binding(pattern, f);
            }
        }
        Pat::Tuple(tuple) => tuple.elems.iter().for_each(|elem| each_binding(elem, f)),
        Pat::TupleStruct(tuple) => tuple.elems.iter().for_each(|elem| each_binding(elem, f)),
        Pat::Slice(slice) => slice.elems.iter().for_each(|elem| each_binding(elem, f)),
        Pat::Struct(of) => (of.fields.iter()).for_each(|field| each_binding(&field.pat, f)),
        Pat::Reference(reference) => each_binding(&reference.pat, f),
        Pat::Paren(paren) => each_binding(&paren.pat, f),
        // All of them bind the same.
        Pat::Or(or) => or
            .cases
            .iter()
            .take(1)
            .for_each(|case| each_binding(case, f)),
        _ => {}
    }
}

/// The names that parameters bind, with the index of the parameter. Not those that may be left out.
pub(crate) fn bindings(sig: &Signature) -> Vec<(usize, Ident)> {
    let mut bound = Vec::new();
    for (index, input) in sig.inputs.iter().enumerate() {
        if let FnArg::Typed(argument) = input
            && !argument.attrs.iter().any(is_cfg)
        {
            each_binding(&argument.pat, &mut |name| {
                bound.push((index, name.ident.clone()))
            });
        }
    }
    bound
}

/// Refuses a name that two parameters bind. Where both are still there, the compiler does.
pub(crate) fn refuse_twice(bound: &[(usize, Ident)], sig: &Signature, errors: &mut Errors) {
    let is_there = |(index, name): &(usize, Ident)| matches!(&sig.inputs[*index], FnArg::Typed(argument) if matches!(&*argument.pat, Pat::Ident(pattern) if pattern.ident == *name));
    for (at, second) in bound.iter().enumerate() {
        let is_first = |first: &&(usize, Ident)| {
            first.0 != second.0
                && is_same(&first.1, &second.1)
                && is_as_visible(&first.1, &second.1)
        };
        if let Some(first) = bound[..at].iter().find(is_first)
            && !(is_there(first) && is_there(second))
        {
            let name = &second.1;
            errors.at(
                name.span(),
                format_args!("identifier `{name}` is bound more than once in this parameter list"),
            );
        }
    }
}

/// Whether two identifiers have the same hygiene, as far as can be told.
fn is_as_visible(one: &Ident, other: &Ident) -> bool {
    let there = other.span().located_at(one.span());
    format!("{:?}", one.span()) == format!("{there:?}")
}

/// Whether two identifiers are the same, raw or not.
fn is_same(one: &Ident, other: &Ident) -> bool {
    one.unraw() == other.unraw()
}

pub(crate) fn arguments(sig: &Signature) -> impl Iterator<Item = &PatType> {
    sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(argument) => Some(argument),
        FnArg::Receiver(_) => None,
    })
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
        let (mut is_local, mut expected) = (false, Vec::new());
        let (attrs, ident, mutable, pattern) = match input {
            FnArg::Receiver(receiver) if matches!(receiver.kind, ReceiverKind::Reference(..)) => {
                continue;
            }
            FnArg::Receiver(receiver) => (
                &receiver.attrs,
                Ident::from(receiver.self_token),
                receiver.mutability,
                None,
            ),
            FnArg::Typed(argument) => match &mut *argument.pat {
                Pat::Ident(PatIdent {
                    by_ref: None,
                    mutability: None,
                    ident,
                    subpat: None,
                    ..
                    // With `current`, one called `ctx` has been refused, and the context hides it.
                }) if ident.unraw() != "ctx" && matches!(peel(&argument.ty), Type::Reference(_)) => {
                    continue;
                }
                Pat::Ident(PatIdent {
                    by_ref: None,
                    mutability,
                    ident,
                    subpat: None,
                    ..
                }) if ctx == Some(&*ident)
                    || !(locals
                        || argument.attrs.iter().any(is_expect)
                        || mutability.is_some() && is_assigned(ident)) =>
                {
                    (&argument.attrs, ident.clone(), *mutability, None)
                }
                // Whoever has to see the function has to see its names.
                Pat::Ident(PatIdent {
                    by_ref: None,
                    mutability,
                    ident,
                    subpat: None,
                    ..
                }) if !rename && !argument.attrs.iter().any(is_expect) => {
                    (is_local, locals) = (true, true);
                    (&argument.attrs, ident.clone(), mutability.take(), None)
                }
                _ if !rename && argument.attrs.iter().any(is_expect) => continue,
                pattern if !rename => {
                    let attrs: Vec<Attribute> =
                        argument.attrs.iter().filter_map(cfg_or_lint).collect();
                    each_binding(pattern, &mut |bound| {
                        if bound.by_ref.is_none() {
                            captures.push(Capture {
                                attrs: attrs.clone(),
                                expected: Vec::new(),
                                ident: bound.ident.clone(),
                                mutable: bound.mutability,
                                pattern: None,
                                is_local: locals && bound.mutability.is_none(),
                                is_part: true,
                            });
                        }
                    });
                    continue;
                }
                pattern => {
                    // What cannot be moved out of it is reported from where it begins.
                    let start = pattern.to_token_stream().into_iter().next();
                    let start = start.map_or_else(Span::call_site, |tree| tree.span());
                    let name = expand::local_at(&format!("arg{index}"), start);
                    let plain = Pat::Ident(PatIdent {
                        attrs: Vec::new(),
                        by_ref: None,
                        mutability: None,
                        ident: name.clone(),
                        subpat: None,
                    });
                    let pattern = std::mem::replace(pattern, plain);
                    is_local = locals && is_wild(&pattern);
                    locals |= !is_wild(&pattern);
                    expected = argument.attrs.extract_if(.., |attr| is_expect(attr)).collect();
                    (
                        &argument.attrs,
                        name,
                        binds_mutably(&pattern).then(Default::default),
                        Some(pattern),
                    )
                }
            },
        };
        let attrs = attrs.iter().filter_map(cfg_or_lint).collect();
        captures.push(Capture {
            attrs,
            expected,
            ident,
            mutable,
            pattern,
            is_local,
            is_part: false,
        });
    }
    captures
}

/// Whether an attribute may leave out what it stands on.
pub(crate) fn is_cfg(attr: &Attribute) -> bool {
    ["cfg", "cfg_attr"]
        .iter()
        .any(|name| attr.path().is_ident(name))
}

fn is_expect(attr: &Attribute) -> bool {
    attr.path().is_ident("expect")
}

/// Whether a pattern is `_`.
pub(crate) fn is_wild(pattern: &Pat) -> bool {
    matches!(pattern, Pat::Wild(_))
}

/// Whether a pattern is a name, `mut` or not.
pub(crate) fn is_name(pattern: &Pat) -> bool {
    matches!(pattern, Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none())
}

/// Whether a pattern has `ref mut` in it.
fn binds_mutably(pattern: &Pat) -> bool {
    let mut after_ref = false;
    any_token(pattern.to_token_stream(), &mut |tree| match tree {
        TokenTree::Ident(word) => std::mem::replace(&mut after_ref, word == "ref") && word == "mut",
        _ => false,
    })
}

fn any_token(tokens: TokenStream, test: &mut dyn FnMut(&TokenTree) -> bool) -> bool {
    tokens.into_iter().any(|tree| match &tree {
        TokenTree::Group(group) => any_token(group.stream(), test),
        tree => test(tree),
    })
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

/// Whether an elided output lifetime is that of the receiver.
pub(crate) fn receiver_has_lifetime(sig: &Signature) -> bool {
    match sig.receiver().map(|receiver| &receiver.kind) {
        Some(ReceiverKind::Reference(..)) => true,
        Some(ReceiverKind::Typed(_, ty)) => crate::lifetimes::has_any(ty),
        _ => false,
    }
}

/// Adds a parameter behind the receiver.
pub(crate) fn insert_first(sig: &mut Signature, argument: FnArg) {
    let index = usize::from(sig.receiver().is_some());
    sig.inputs.insert(index, argument);
}
