//! The `Debug` that a key may bring along.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use syn::parse::Parser;
use syn::{Attribute, Meta, Token};

/// `Debug` in `derive(.., Debug, ..)`, also behind `cfg_attr`.
pub(super) fn find_debug(attr: &Attribute) -> Option<Ident> {
    let is_derive = attr.path().is_ident("derive");
    let Meta::List(list) = &attr.meta else {
        return None;
    };
    if !is_derive && !attr.path().is_ident("cfg_attr") {
        return None;
    }
    find_in(list.tokens.clone(), is_derive)
}

fn find_in(tokens: TokenStream, mut in_derive: bool) -> Option<Ident> {
    let top = in_derive;
    for tree in tokens {
        match tree {
            TokenTree::Ident(ident) if in_derive && ident == "Debug" => return Some(ident),
            TokenTree::Ident(ident) => in_derive = top || ident == "derive",
            TokenTree::Group(group) => {
                if let Some(found) = find_in(group.stream(), in_derive) {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    None
}

/// The first part of `cfg_attr(predicate, ..)`.
pub(super) fn cfg_attr_predicate(attr: &Attribute) -> Option<Meta> {
    let Meta::List(list) = &attr.meta else {
        return None;
    };
    let parser = syn::punctuated::Punctuated::<Meta, Token![,]>::parse_terminated;
    attr.path()
        .is_ident("cfg_attr")
        .then(|| parser.parse2(list.tokens.clone()).ok()?.into_iter().next())
        .flatten()
}

/// Takes `Debug` out of a list of derives.
pub(super) fn drop_debug(attr: &mut Attribute) {
    let Meta::List(list) = &mut attr.meta else {
        return;
    };
    let parser = syn::punctuated::Punctuated::<Meta, Token![,]>::parse_terminated;
    if let Ok(derives) = parser.parse2(list.tokens.clone()) {
        let is_debug = |derive: &Meta| {
            derive
                .path()
                .segments
                .last()
                .is_some_and(|last| last.ident == "Debug")
        };
        let kept = derives.into_iter().filter(|derive| !is_debug(derive));
        list.tokens = kept.map(|derive| quote!(#derive,)).collect();
    }
}
