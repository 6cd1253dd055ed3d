//! Where in a type lifetimes stand, or were left out.

use proc_macro2::Span;
use syn::{
    AngleBracketedGenericArguments, GenericArgument, Lifetime, Path, PathArguments, Type,
    TypeParamBound,
};

/// A place in a type where a lifetime stands, or was left out.
pub(crate) enum Place<'t> {
    /// `&T`
    Omitted(&'t mut Option<Lifetime>, Span),
    /// `&'a T`, `Cow<'_, T>`
    Written(&'t mut Lifetime),
}

impl Place<'_> {
    pub(crate) fn is_elided(&self) -> bool {
        match self {
            Place::Omitted(..) => true,
            Place::Written(lifetime) => lifetime.ident == "_",
        }
    }

    pub(crate) fn set(self, name: &Lifetime) {
        match self {
            Place::Omitted(lifetime, _) => *lifetime = Some(name.clone()),
            Place::Written(lifetime) => *lifetime = name.clone(),
        }
    }

    pub(super) fn span(&self) -> Span {
        match self {
            Place::Omitted(_, span) => *span,
            Place::Written(lifetime) => lifetime.span(),
        }
    }
}

/// Calls `f` for each place in `ty` that belongs to the signature: not for those inside `Fn(&str)` or `fn(&str)`, which
/// are bound there.
pub(crate) fn each(ty: &mut Type, f: &mut dyn FnMut(Place<'_>)) {
    match ty {
        Type::Array(ty) => each(&mut ty.elem, f),
        Type::Group(ty) => each(&mut ty.elem, f),
        Type::Paren(ty) => each(&mut ty.elem, f),
        Type::Ptr(ty) => each(&mut ty.elem, f),
        Type::Slice(ty) => each(&mut ty.elem, f),
        Type::Tuple(ty) => ty.elems.iter_mut().for_each(|ty| each(ty, f)),
        Type::Reference(ty) => {
            match &mut ty.lifetime {
                Some(lifetime) => f(Place::Written(lifetime)),
                omitted => f(Place::Omitted(omitted, ty.and_token.span)),
            }
            each(&mut ty.elem, f);
        }
        Type::Path(ty) => {
            if let Some(qself) = &mut ty.qself {
                each(&mut qself.ty, f);
            }
            each_in_path(&mut ty.path, f);
        }
        Type::ImplTrait(ty) => ty
            .bounds
            .iter_mut()
            .for_each(|bound| each_in_bound(bound, f)),
        Type::TraitObject(ty) => ty
            .bounds
            .iter_mut()
            .for_each(|bound| each_in_bound(bound, f)),
        _ => {}
    }
}

fn each_in_bound(bound: &mut TypeParamBound, f: &mut dyn FnMut(Place<'_>)) {
    match bound {
        TypeParamBound::Trait(bound) => each_in_path(&mut bound.path, f),
        TypeParamBound::Lifetime(lifetime) => f(Place::Written(lifetime)),
        _ => {}
    }
}

fn each_in_path(path: &mut Path, f: &mut dyn FnMut(Place<'_>)) {
    for segment in &mut path.segments {
        if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
            each_in_arguments(arguments, f);
        }
    }
}

fn each_in_arguments(arguments: &mut AngleBracketedGenericArguments, f: &mut dyn FnMut(Place<'_>)) {
    for argument in &mut arguments.args {
        match argument {
            GenericArgument::Lifetime(lifetime) => f(Place::Written(lifetime)),
            GenericArgument::Type(ty) => each(ty, f),
            GenericArgument::AssocType(assoc) => each(&mut assoc.ty, f),
            GenericArgument::Constraint(constraint) => {
                constraint
                    .bounds
                    .iter_mut()
                    .for_each(|bound| each_in_bound(bound, f));
            }
            _ => {}
        }
    }
}

/// As [`each`], for those in an `impl Trait` alone.
pub(super) fn each_in_impl(ty: &mut Type, f: &mut dyn FnMut(Place<'_>)) {
    match ty {
        Type::ImplTrait(_) => each(ty, f),
        Type::Array(ty) => each_in_impl(&mut ty.elem, f),
        Type::Group(ty) => each_in_impl(&mut ty.elem, f),
        Type::Paren(ty) => each_in_impl(&mut ty.elem, f),
        Type::Slice(ty) => each_in_impl(&mut ty.elem, f),
        Type::Reference(ty) => each_in_impl(&mut ty.elem, f),
        Type::Tuple(ty) => ty.elems.iter_mut().for_each(|ty| each_in_impl(ty, f)),
        Type::Path(ty) => {
            let arguments = ty.path.segments.last_mut().map(|last| &mut last.arguments);
            if let Some(PathArguments::AngleBracketed(arguments)) = arguments {
                for argument in &mut arguments.args {
                    if let GenericArgument::Type(ty) = argument {
                        each_in_impl(ty, f);
                    }
                }
            }
        }
        _ => {}
    }
}

/// Whether a lifetime stands, or was left out, anywhere in `ty`.
pub(crate) fn has_any(ty: &Type) -> bool {
    let mut found = false;
    each(&mut ty.clone(), &mut |_| found = true);
    found
}

/// Whether a lifetime has a name in `ty`.
pub(crate) fn names_any(ty: &Type) -> bool {
    let mut found = false;
    each(&mut ty.clone(), &mut |place| found |= !place.is_elided());
    found
}

/// The place of the first elided lifetime in `ty`.
pub(crate) fn first_elided(ty: &Type) -> Option<Span> {
    let mut found = None;
    each(&mut ty.clone(), &mut |place| {
        if place.is_elided() && found.is_none() {
            found = Some(place.span());
        }
    });
    found
}
