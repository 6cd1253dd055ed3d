//! The parameters of a function: which is the context, which are values, which are its own.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, FnArg, GenericArgument, Meta, Pat, PatIdent, PatType, PathArguments, ReceiverKind,
    Signature, Token, Type,
};

use crate::checks;
use crate::errors::Errors;

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
    pub(crate) mutable: Option<Token![mut]>,
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
                    mutable: *mutability,
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

/// Whether two identifiers have the same hygiene, as far as can be told.
pub(crate) fn is_as_visible(one: &Ident, other: &Ident) -> bool {
    let there = other.span().located_at(one.span());
    format!("{:?}", one.span()) == format!("{there:?}")
}

/// Whether two identifiers are the same, raw or not.
pub(crate) fn is_same(one: &Ident, other: &Ident) -> bool {
    one.unraw() == other.unraw()
}

pub(crate) fn arguments(sig: &Signature) -> impl Iterator<Item = &PatType> {
    sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(argument) => Some(argument),
        FnArg::Receiver(_) => None,
    })
}

/// Whether an attribute may leave out what it stands on.
pub(crate) fn is_cfg(attr: &Attribute) -> bool {
    ["cfg", "cfg_attr"]
        .iter()
        .any(|name| attr.path().is_ident(name))
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
