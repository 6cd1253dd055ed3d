//! What an object's bound is where it says none.

use proc_macro2::Span;
use syn::{GenericArgument, Lifetime, Path, PathArguments, Type, TypeParamBound, TypeTraitObject};

/// Makes an object's bound say that it is `'static`, where that is what a signature means by saying nothing, and an
/// expression does not.
pub(crate) fn bound_objects(ty: &mut Type) {
    match ty {
        Type::Array(ty) => bound_objects(&mut ty.elem),
        Type::Group(ty) => bound_objects(&mut ty.elem),
        Type::Paren(ty) => bound_objects(&mut ty.elem),
        Type::Slice(ty) => bound_objects(&mut ty.elem),
        Type::Reference(ty) => bound_objects(&mut ty.elem),
        Type::Tuple(ty) => ty.elems.iter_mut().for_each(bound_objects),
        Type::TraitObject(ty) => {
            for bound in &mut ty.bounds {
                if let TypeParamBound::Trait(bound) = bound {
                    bound_objects_in(&mut bound.path);
                }
            }
        }
        Type::Path(ty) => bound_objects_in(&mut ty.path),
        _ => {}
    }
}

fn bound_objects_in(path: &mut Path) {
    for segment in &mut path.segments {
        let is_owner = ["Box", "Rc", "Arc"]
            .iter()
            .any(|name| segment.ident == name);
        let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else {
            continue;
        };
        for argument in &mut arguments.args {
            match argument {
                GenericArgument::Type(ty) => {
                    if let Some(object) = object(ty).filter(|it| is_owner && is_unbound(it)) {
                        let bound = Lifetime::new("'static", Span::call_site());
                        object.bounds.push(TypeParamBound::Lifetime(bound));
                    }
                    bound_objects(ty);
                }
                GenericArgument::AssocType(assoc) => bound_objects(&mut assoc.ty),
                _ => {}
            }
        }
    }
}

/// Whether nothing bounds an object: it says none, and no trait of its has a lifetime, which may be its bound.
fn is_unbound(object: &TypeTraitObject) -> bool {
    object.bounds.iter().all(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.iter().all(|segment| {
            !matches!(&segment.arguments, PathArguments::AngleBracketed(arguments)
                if arguments.args.iter().any(|it| matches!(it, GenericArgument::Lifetime(_))))
        }),
        _ => false,
    })
}

/// The trait object behind parentheses and the invisible ones of a macro.
fn object(ty: &mut Type) -> Option<&mut TypeTraitObject> {
    match ty {
        Type::Group(ty) => object(&mut ty.elem),
        Type::Paren(ty) => object(&mut ty.elem),
        Type::TraitObject(ty) => Some(ty),
        _ => None,
    }
}
