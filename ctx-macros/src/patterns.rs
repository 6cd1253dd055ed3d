//! What the patterns of parameters bind.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{FnArg, Pat, PatIdent, Signature};

use crate::errors::Errors;
use crate::params::{is_as_visible, is_cfg, is_same};

/// Calls `f` for each name that a pattern binds, where that can be told: a constant looks like one.
pub(crate) fn each_binding<'p>(pattern: &'p Pat, f: &mut dyn FnMut(&'p PatIdent)) {
    match pattern {
        Pat::Ident(bound) => {
            if bound.mutability.is_some()
                || bound.by_ref.is_some()
                || bound.subpat.is_some()
                || !may_be_constant(&bound.ident)
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

/// Whether a pattern that is such a name may be a constant or a unit struct.
pub(crate) fn may_be_constant(name: &Ident) -> bool {
    let name = name.unraw().to_string();
    !name.starts_with(|sign: char| sign == '_' || sign.is_lowercase())
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

/// Whether a pattern is `_`.
pub(crate) fn is_wild(pattern: &Pat) -> bool {
    matches!(pattern, Pat::Wild(_))
}

/// A pattern that is a name, `mut` or not.
pub(crate) fn name(pattern: &mut Pat) -> Option<&mut PatIdent> {
    match pattern {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => Some(name),
        _ => None,
    }
}

/// Whether a pattern is one.
pub(crate) fn is_name(pattern: &Pat) -> bool {
    matches!(pattern, Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none())
}

/// Whether a pattern has `ref mut` in it.
pub(crate) fn binds_mutably(pattern: &Pat) -> bool {
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
