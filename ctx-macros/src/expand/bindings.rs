//! What the body finds bound that is no parameter: the context and its values.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Expr;
use syn::spanned::Spanned;

use super::{borrowed, has_scope, local};
use crate::lints;
use crate::model::{Model, Source};
use crate::options::Limit;
use crate::params::CtxParam;
use crate::returns::Shape;

/// The scope of the call. It is called as the context is, for errors about what the body borrows of it, and lies on what does.
pub(super) fn scope(model: &Model, at: Span) -> Ident {
    let mut scope = model.ctx.clone();
    scope.set_span(at.resolved_at(Span::mixed_site()));
    scope
}

/// The caller's context, for something at this place.
fn given(model: &Model, at: Span) -> TokenStream {
    if let Some(given) = borrowed(model) {
        return given.into_token_stream();
    }
    let scope = scope(model, at);
    quote!(#scope.given())
}

/// Makes `ctx` known to the body where it is no parameter, or one that it may change.
pub(super) fn bind_context(model: &Model, prologue: &mut TokenStream) {
    let is_own = model.source == Source::Param(CtxParam::Borrowed)
        && model.timeout.is_none()
        && matches!(model.shape, Shape::Async);
    if let (true, Some(mutable)) = (is_own, &model.ctx_mutable) {
        let (ctx, attrs) = (&model.ctx, &model.ctx_attrs);
        prologue.extend(quote!(#(#attrs)* let #mutable #ctx = #ctx; let _ = #ctx;));
    }
    if model.source == Source::Current && has_scope(model) {
        let (private, ctx, given) = (&model.private, &model.ctx, given(model, Span::call_site()));
        prologue.extend(quote!(let #ctx: &#private::Ctx = #given; let _ = #ctx;));
    }
}

pub(super) fn bind_values(model: &Model, prologue: &mut TokenStream) {
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
        let context = given(model, bound.ty.span());
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
    let (private, ctx) = (&model.private, &model.ctx);
    let (attrs, mutable) = (&model.ctx_attrs, &model.ctx_mutable);
    let scope = scope(model, Span::call_site());
    let after = duration_at_start(model, timeout);
    prologue.extend(quote!(#scope.narrow(#after).await;));
    prologue.extend(match model.source {
        Source::Param(CtxParam::Owned) => {
            // If the body is all that may use it, the compiler judges it as it would the parameter.
            let is_used = matches!(model.shape, Shape::Tail(_)) || lints::measures_context(model);
            let uses = is_used.then(|| quote!(let _ = &#ctx;));
            let clone = quote!(#private::core::clone::Clone::clone);
            quote!(#(#attrs)* let #mutable #ctx = #clone(#scope.ctx()); #uses)
        }
        _ => quote!(#(#attrs)* let #mutable #ctx: &#private::Ctx = #scope.ctx(); let _ = #ctx;),
    });
}

/// An expression for a duration that is computed under the caller's context.
pub(super) fn duration_at_start(model: &Model, limit: &Limit) -> TokenStream {
    let span = duration(model, limit);
    let is_narrowed = model.source == Source::Param(CtxParam::Owned) && model.timeout.is_some();
    if !is_narrowed || matches!(limit, Limit::Literal(..)) {
        return span;
    }
    // The parameter's place is the narrowed one's, so that the block does not hold both.
    let (private, ctx, given) = (&model.private, &model.ctx, given(model, Span::call_site()));
    quote!({ let #ctx = #private::core::clone::Clone::clone(#given); let _ = &#ctx; #span })
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
