//! Elided lifetimes: adding `ctx: &Ctx` to a function must not change what they mean.

mod objects;
mod places;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{
    FnArg, GenericArgument, GenericParam, Lifetime, LifetimeParam, Pat, PatType, PathArguments,
    ReceiverKind, ReturnType, Signature, Type,
};

use places::each_in_impl;

pub(crate) use objects::bound_objects;
pub(crate) use places::{Place, each, first_elided, has_any, names_any};

use crate::returns::has_word;

/// Writes out what an elided output lifetime means where the context would make it ambiguous. `sig` has no context
/// yet and, of the receiver, nothing that elision would take. The error is for an output that could mean several.
pub(crate) fn name_elided_output(sig: &mut Signature) -> syn::Result<()> {
    let ReturnType::Type(_, output) = &mut sig.output else {
        return Ok(());
    };
    let Some(at) = first_elided(output) else {
        return Ok(());
    };

    // Of arguments with one name, there is one that its `cfg` leaves.
    let (mut elided, mut named) = (0, Vec::<Lifetime>::new());
    let mut last = None;
    for argument in arguments(&mut sig.inputs) {
        let mut of_this = 0;
        each(&mut argument.ty, &mut |place| match &place {
            Place::Written(lifetime) if !place.is_elided() => {
                if !named.contains(lifetime) {
                    named.push((*lifetime).clone());
                }
            }
            _ => of_this += 1,
        });
        if of_this > 0 {
            let name = name_of(&argument.pat);
            if of_this > 1 || name.is_none() || name != last {
                elided += of_this;
            }
            last = name;
        }
    }
    let name = match (elided, named.as_slice()) {
        // The context's is the only one, and elision finds it.
        (0, []) => return Ok(()),
        (0, [only]) => only.clone(),
        (1, []) => {
            let name = invented(
                "elided",
                Span::call_site(),
                &names_in(sig.to_token_stream()),
            );
            for argument in arguments(&mut sig.inputs) {
                each(&mut argument.ty, &mut |place| place.set(&name));
            }
            declare(sig, 0, &name);
            name
        }
        _ => {
            return Err(syn::Error::new(
                at,
                "the lifetime left out here could be that of more than one argument; name it: `fn f<'a>(x: &'a T, ..) -> &'a U`",
            ));
        }
    };
    if let ReturnType::Type(_, output) = &mut sig.output {
        each(output, &mut |place| {
            if place.is_elided() {
                place.set(&name);
            }
        });
    }
    Ok(())
}

fn arguments(
    inputs: &mut syn::punctuated::Punctuated<FnArg, syn::Token![,]>,
) -> impl Iterator<Item = &mut PatType> {
    inputs.iter_mut().filter_map(|input| match input {
        FnArg::Typed(argument) => Some(argument),
        FnArg::Receiver(_) => None,
    })
}

/// The name of an argument that is no other pattern.
fn name_of(pattern: &Pat) -> Option<String> {
    match pattern {
        Pat::Ident(pattern) => Some(pattern.ident.unraw().to_string()),
        _ => None,
    }
}

/// A name for a lifetime, which is none of `taken`. The underscores keep it from being one of those around the function,
/// which cannot be seen from here.
pub(crate) fn invented(base: &str, at: Span, taken: &[String]) -> Lifetime {
    (1..)
        .map(|n| match n {
            1 => format!("__{base}"),
            n => format!("__{base}_{n}"),
        })
        .find(|name| !taken.contains(name))
        .map(|name| Lifetime::new(&format!("'{name}"), at))
        .expect("numbers do not end")
}

/// The names of all lifetimes in `tokens`.
pub(crate) fn names_in(tokens: TokenStream) -> Vec<String> {
    let (mut names, mut after_quote) = (Vec::new(), false);
    for tree in tokens {
        let is_name = std::mem::take(&mut after_quote);
        match tree {
            TokenTree::Group(group) => names.extend(names_in(group.stream())),
            TokenTree::Ident(name) if is_name => names.push(name.to_string()),
            TokenTree::Punct(sign) => after_quote = sign.as_char() == '\'',
            _ => {}
        }
    }
    names
}

/// Adds a lifetime parameter at `index`.
pub(crate) fn declare(sig: &mut Signature, index: usize, name: &Lifetime) {
    sig.generics.lt_token.get_or_insert_with(Default::default);
    sig.generics.gt_token.get_or_insert_with(Default::default);
    sig.generics.params.insert(
        index,
        GenericParam::Lifetime(LifetimeParam::new(name.clone())),
    );
}

/// Gives names to lifetimes that an `async fn` may leave out, and a function that returns its future may not.
///
/// Those in `impl Trait`. And an elided output lifetime that is the receiver's: what a body's block resolves to could not
/// be told otherwise. Then those of all arguments get names, or else they would be what an error asks for.
///
/// Where the receiver's lifetime has a name of the user's, an error does ask for them, and lints judge the output as it is
/// written: that is returned, for the signature.
pub(crate) fn name_those_of_async(sig: &mut Signature, has_body: bool) -> Option<ReturnType> {
    let written = sig.clone();
    let Signature { inputs, output, .. } = &mut *sig;
    let output = match output {
        ReturnType::Type(_, output) if has_body && first_elided(output).is_some() => Some(output),
        _ => None,
    };
    let receiver = match inputs.first_mut() {
        Some(FnArg::Receiver(receiver)) => match &mut receiver.kind {
            ReceiverKind::Reference(and, lifetime, _) => Some((and.span, lifetime)),
            ReceiverKind::Typed(_, ty) => reference_to_self(ty),
            _ => None,
        },
        _ => None,
    };
    let (mut declared, mut taken) = (Vec::new(), None);
    let mut name = |base: &str, place: Place<'_>| {
        let taken = taken.get_or_insert_with(|| names_in(written.to_token_stream()));
        let at = place.span().resolved_at(Span::call_site());
        let name = invented(base, at, taken);
        taken.push(name.ident.to_string());
        place.set(&name);
        declared.push(name);
    };
    let (mut of_self, mut kept) = (None, None);
    if let (Some(output), Some((at, lifetime))) = (output, receiver) {
        if lifetime.as_ref().is_none_or(|written| written.ident == "_") {
            name("self", Place::Omitted(lifetime, at));
        } else {
            kept = Some(written.output.clone());
        }
        of_self = lifetime.clone();
        each(output, &mut |place| {
            if let (true, Some(name)) = (place.is_elided(), &of_self) {
                let mut name = name.clone();
                name.set_span(place.span().resolved_at(Span::call_site()));
                place.set(&name);
            }
        });
    }
    for (index, input) in inputs.iter_mut().enumerate() {
        let FnArg::Typed(argument) = input else {
            continue;
        };
        let base = name_of(&argument.pat).unwrap_or_else(|| format!("argument_{index}"));
        let mut name = |place: Place<'_>| {
            if place.is_elided() {
                name(&base, place);
            }
        };
        match &of_self {
            Some(_) if kept.is_none() => each(&mut argument.ty, &mut name),
            _ => each_in_impl(&mut argument.ty, &mut name),
        }
    }
    for (index, name) in declared.iter().enumerate() {
        declare(sig, index, name);
    }
    kept
}

/// A reference in a receiver's type.
struct Reference<'t> {
    at: Span,
    lifetime: &'t mut Option<Lifetime>,
    /// Whether there is a `Self` in what it refers to.
    is_to_self: bool,
}

/// The lifetime of the only reference to something with `Self` in it, which is what elision takes. Where there is no
/// `Self`, its type has been written out.
fn reference_to_self(ty: &mut Type) -> Option<(Span, &mut Option<Lifetime>)> {
    let mut found = Vec::new();
    references(ty, &mut found);
    if found.iter().any(|reference| reference.is_to_self) {
        found.retain(|reference| reference.is_to_self);
    }
    let only = found.pop().filter(|_| found.is_empty())?;
    Some((only.at, only.lifetime))
}

fn references<'t>(ty: &'t mut Type, found: &mut Vec<Reference<'t>>) {
    match ty {
        Type::Group(ty) => references(&mut ty.elem, found),
        Type::Paren(ty) => references(&mut ty.elem, found),
        Type::Reference(ty) => {
            found.push(Reference {
                at: ty.and_token.span,
                lifetime: &mut ty.lifetime,
                is_to_self: has_word(ty.elem.to_token_stream(), &["Self"]),
            });
            references(&mut ty.elem, found);
        }
        Type::Path(ty) => {
            for segment in &mut ty.path.segments {
                if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    for argument in &mut arguments.args {
                        if let GenericArgument::Type(ty) = argument {
                            references(ty, found);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

/// Gives every elided lifetime one name, the receiver's and the output's too, for a future whose bound is elided.
pub(crate) fn name_all(sig: &mut Signature) -> Lifetime {
    let name = invented(
        "elided",
        Span::call_site(),
        &names_in(sig.to_token_stream()),
    );
    let mut set = |place: Place<'_>| {
        if place.is_elided() {
            place.set(&name);
        }
    };
    for input in &mut sig.inputs {
        match input {
            FnArg::Typed(argument) => each(&mut argument.ty, &mut set),
            FnArg::Receiver(receiver) => match &mut receiver.kind {
                ReceiverKind::Reference(and, lifetime, _) if lifetime.is_none() => {
                    set(Place::Omitted(lifetime, and.span));
                }
                ReceiverKind::Reference(_, Some(lifetime), _) => set(Place::Written(lifetime)),
                ReceiverKind::Typed(_, ty) => each(ty, &mut set),
                _ => {}
            },
        }
    }
    if let ReturnType::Type(_, output) = &mut sig.output {
        each(output, &mut set);
    }
    declare(sig, 0, &name);
    name
}
