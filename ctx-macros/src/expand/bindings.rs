//! What the body finds bound that is no parameter: the context and its values.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Expr;

use super::{borrowed, has_scope, local};
use crate::model::{Model, Source};
use crate::options::Limit;
use crate::params::CtxParam;

/// Makes the caller's context known to the prologue, and `ctx` to the body where it is no parameter. Returns an
/// expression for the former.
pub(super) fn bind_context(model: &Model, prologue: &mut TokenStream) -> TokenStream {
    let (private, ctx, scope) = (&model.private, &model.ctx, local("scope"));
    if let Some(given) = borrowed(model) {
        return given.into_token_stream();
    }
    let given = quote!(#scope.given());
    if model.source != Source::Current {
        if model.timeout.is_some() {
            // The parameter's place is the narrowed one's: so the block does not hold it.
            prologue.extend(quote!(let #ctx = #given; let _ = #ctx;));
        }
    } else if has_scope(model) {
        prologue.extend(quote!(let #ctx: &#private::Ctx = #given; let _ = #ctx;));
    }
    given
}

pub(super) fn bind_values(model: &Model, context: &TokenStream, prologue: &mut TokenStream) {
    let private = &model.private;
    let sees_error = matches!(&model.or, None | Some(Expr::Closure(_)));
    if !sees_error && model.values.iter().any(|value| !value.optional) {
        let resolved = &model.resolved;
        prologue.extend(quote!(#private::carries::<#resolved>();));
    }
    for bound in &model.values {
        let (pattern, key, attrs) = (&bound.pat, &bound.key, &bound.attrs);
        let find = match bound.by_ref {
            true => quote!(value),
            false => quote!(value_clone),
        };
        let mut found = quote!(#private::#find::<#key>(#context));
        if !bound.optional {
            let value = local("value");
            found = quote!({
                let #private::core::option::Option::Some(#value) = #found else {
                    match #private::missing::<#key>().await {}
                };
                #value
            });
        }
        prologue.extend(quote!(#(#attrs)* let #pattern = #found;));
    }
}

/// Puts the context that the timeout narrows in the place of the caller's.
pub(super) fn narrow(model: &Model, timeout: &Limit, prologue: &mut TokenStream) {
    let (private, ctx, scope) = (&model.private, &model.ctx, local("scope"));
    let after = duration(model, timeout);
    prologue.extend(quote!(#scope.narrow(#after).await;));
    prologue.extend(match model.source {
        Source::Param(CtxParam::Owned) => {
            let mutable = &model.ctx_mutable;
            let clone = quote!(#private::core::clone::Clone::clone);
            quote!(let #mutable #ctx = #clone(#scope.ctx()); let _ = &#ctx;)
        }
        _ => quote!(let #ctx: &#private::Ctx = #scope.ctx(); let _ = #ctx;),
    });
}

/// An expression for a duration. A computed one sees the arguments by reference: it is a closure that is `Fn`.
pub(crate) fn duration(model: &Model, limit: &Limit) -> TokenStream {
    let private = &model.private;
    match limit {
        Limit::Literal(duration, _) => {
            let (secs, nanos) = (duration.as_secs(), duration.subsec_nanos());
            quote!(#private::Duration::new(#secs, #nanos))
        }
        Limit::Computed(expr) => quote!(#private::duration(|| #expr)),
    }
}
