//! Other people's attributes on the same item.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, FnArg, GenericParam, Lifetime, Meta, ReceiverKind, Signature, Token, WherePredicate,
    parse_quote,
};

use crate::errors::Errors;
use crate::lifetimes::{self, Place};
use crate::params::Value;

/// Attributes of the language, which are content with any form of a function.
const BUILT_IN: [&str; 19] = [
    "allow",
    "cfg",
    "cfg_attr",
    "cold",
    "coverage",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "export_name",
    "forbid",
    "inline",
    "link_section",
    "no_mangle",
    "optimize",
    "target_feature",
    "track_caller",
    "unsafe",
    "warn",
];

/// Whether an attribute below ours may have to see an `async fn`: any macro's, and `must_use`, which speaks of the
/// result there and of the future elsewhere.
pub(crate) fn is_foreign(attr: &Attribute) -> bool {
    let path = attr.path();
    let first = path
        .segments
        .first()
        .map(|first| first.ident.to_string())
        .unwrap_or_default();
    match path.segments.len() {
        1 if first == "cfg_attr" => applies(attr, is_foreign),
        1 => !BUILT_IN.contains(&first.as_str()),
        _ => !["clippy", "rustfmt", "diagnostic", "rustdoc"].contains(&first.as_str()),
    }
}

/// Whether an attribute below ours may look at the names of parameters, or at the body: any macro's.
pub(crate) fn sees_names(attr: &Attribute) -> bool {
    match attr.path() {
        path if path.is_ident("must_use") => false,
        path if path.is_ident("cfg_attr") => applies(attr, sees_names),
        _ => is_foreign(attr),
    }
}

/// Whether `cfg_attr` applies an attribute that `is` one, or may.
fn applies(attr: &Attribute, is: fn(&Attribute) -> bool) -> bool {
    applied(attr).is_none_or(|applied| applied.iter().any(is))
}

/// The attributes that a `cfg_attr` applies, if it can be read.
fn applied(attr: &Attribute) -> Option<Vec<Attribute>> {
    let Meta::List(list) = &attr.meta else {
        return Some(Vec::new());
    };
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let parts = parser.parse2(list.tokens.clone()).ok()?;
    let applied = parts.into_iter().skip(1);
    Some(applied.map(|meta| parse_quote!(#[#meta])).collect())
}

/// Whether an attribute makes the function a test or an entry point, which nobody calls with a context.
pub(crate) fn is_harness(attr: &Attribute) -> bool {
    ["test", "main"].contains(&last_name(attr).as_str())
}

/// Refuses `#[cancellable]` below ours, under a condition or not, and takes it away.
pub(crate) fn refuse_second(attrs: &mut Vec<Attribute>, in_block: bool, errors: &mut Errors) {
    attrs.retain(|attr| {
        let Some(second) = cancellable_in(attr) else {
            return true;
        };
        let message = if in_block && last_name(attr) == "cfg_attr" {
            "the block's attribute expands this function, whatever the condition; add `#[cancellable(skip)]` \
             to leave it to this one, or write this one without a condition"
        } else {
            "`#[cancellable]` stands here twice; keep one"
        };
        errors.on(second, message);
        false
    });
}

/// The place of `cancellable`, if the attribute is that or applies it.
fn cancellable_in(attr: &Attribute) -> Option<TokenStream> {
    match last_name(attr).as_str() {
        "cancellable" => Some(attr.to_token_stream()),
        "cfg_attr" => {
            let applied = applied(attr)?;
            let found = applied.iter().find(|attr| cancellable_in(attr).is_some())?;
            Some(found.meta.to_token_stream())
        }
        _ => None,
    }
}

pub(crate) fn last_name(attr: &Attribute) -> String {
    attr.path()
        .segments
        .last()
        .map(|last| last.ident.to_string())
        .unwrap_or_default()
}

/// Whether `async_trait` has been here: it declares `'async_trait`.
pub(crate) fn is_rewritten(sig: &Signature) -> bool {
    sig.generics
        .lifetimes()
        .any(|param| param.lifetime.ident == "async_trait")
}

/// Declares the lifetime of the injected context as `async_trait` would have: right behind the receiver's, and outliving
/// the future. On a trait and its impls alike, so that their lifetimes match in number and order.
pub(crate) fn declare_ctx_lifetime(sig: &mut Signature) -> Lifetime {
    let name = lifetimes::invented(
        "ctx",
        Span::call_site(),
        &lifetimes::names_in(sig.to_token_stream()),
    );
    let is_invented = |lifetime: &Lifetime| {
        let name = lifetime.ident.to_string();
        name == "async_trait"
            || (name.strip_prefix("life")).is_some_and(|rest| rest.parse::<u32>().is_ok())
    };
    let receiver = sig.receiver().and_then(|receiver| match &receiver.kind {
        ReceiverKind::Reference(_, lifetime, _) => lifetime.clone(),
        ReceiverKind::Typed(_, ty) => {
            let mut found = None;
            lifetimes::each(&mut ty.clone(), &mut |place| {
                if let (None, Place::Written(lifetime)) = (&found, place) {
                    found = Some(lifetime.clone());
                }
            });
            found
        }
        _ => None,
    });
    let position = |wanted: &dyn Fn(&Lifetime) -> bool| {
        (sig.generics.params.iter()).position(
            |param| matches!(param, GenericParam::Lifetime(param) if wanted(&param.lifetime)),
        )
    };
    let index = match receiver.filter(is_invented) {
        Some(receiver) => position(&|lifetime| *lifetime == receiver).map(|at| at + 1),
        None => position(&is_invented),
    };
    lifetimes::declare(sig, index.unwrap_or_default(), &name);
    sig.generics
        .make_where_clause()
        .predicates
        .push(parse_quote!(#name: 'async_trait));
    name
}

/// Takes back the lifetimes that `async_trait` has made up for `#[value]` parameters, which are parameters no more.
pub(crate) fn drop_invented_lifetimes(sig: &mut Signature, values: &[Value]) {
    let mut unused = Vec::new();
    for value in values {
        lifetimes::each(&mut value.ty.clone(), &mut |place| {
            if let Place::Written(lifetime) = place {
                unused.push(lifetime.clone());
            }
        });
    }
    for input in &sig.inputs {
        let mut keep = |place: Place<'_>| {
            if let Place::Written(lifetime) = place {
                unused.retain(|name| name != lifetime);
            }
        };
        match input {
            FnArg::Typed(argument) => lifetimes::each(&mut (*argument.ty).clone(), &mut keep),
            FnArg::Receiver(receiver) => match &receiver.kind {
                ReceiverKind::Reference(_, Some(lifetime), _) => {
                    keep(Place::Written(&mut lifetime.clone()))
                }
                ReceiverKind::Typed(_, ty) => lifetimes::each(&mut (**ty).clone(), &mut keep),
                _ => {}
            },
        }
    }
    let generics = &mut sig.generics;
    generics.params = std::mem::take(&mut generics.params)
        .into_iter()
        .filter(|param| !matches!(param, GenericParam::Lifetime(param) if unused.contains(&param.lifetime)))
        .collect();
    if let Some(clause) = &mut generics.where_clause {
        clause.predicates = std::mem::take(&mut clause.predicates)
            .into_iter()
            .filter(|predicate| {
                !matches!(predicate, WherePredicate::Lifetime(predicate) if unused.contains(&predicate.lifetime))
            })
            .collect();
    }
}
