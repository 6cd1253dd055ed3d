//! What the body finds bound that is no parameter: the context and its values.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Expr;

use super::local;
use crate::model::{Model, Source};
use crate::options::Limit;
use crate::params::CtxParam;
use crate::returns::Shape;

/// Makes the caller's context known to the prologue, and `ctx` to the body where it is no parameter. Returns an
/// expression for the former.
pub(super) fn bind_context(model: &Model, prologue: &mut TokenStream) -> TokenStream {
    let (private, ctx, own) = (&model.private, &model.ctx, local("own"));
    match model.source {
        Source::Param(CtxParam::Injected) => ctx.to_token_stream(),
        Source::Param(CtxParam::Borrowed) => local("source").to_token_stream(),
        Source::Param(CtxParam::Owned) => {
            if model.timeout.is_some() || !model.values.is_empty() {
                prologue.extend(quote!(let #own = #private::entered().await;));
            }
            quote!(&#own)
        }
        Source::Current => {
            if !matches!(model.shape, Shape::Delegating(_)) {
                prologue.extend(quote! {
                    let #own = #private::entered().await;
                    let #ctx: &#private::Ctx = &#own;
                    let _ = #ctx;
                });
            }
            quote!(&#own)
        }
    }
}

pub(super) fn bind_values(model: &Model, context: &TokenStream, prologue: &mut TokenStream) {
    let private = &model.private;
    let (value, err) = (local("value"), local("err"));
    let sees_error = matches!(&model.or, None | Some(Expr::Closure(_)));
    if !sees_error && model.values.iter().any(|value| !value.optional) {
        let resolved = &model.resolved;
        prologue.extend(quote!(#private::carries::<#resolved>();));
    }
    for bound in &model.values {
        let (pattern, key) = (&bound.pat, &bound.key);
        let attrs = &bound.attrs;
        let found = match (bound.optional, bound.by_ref) {
            (true, true) => quote!(#private::optional::<#key>(#context)),
            (true, false) => quote!(#private::optional_clone::<#key>(#context)),
            (false, by_ref) => {
                let find = Ident::new(
                    if by_ref { "required" } else { "required_clone" },
                    Span::call_site(),
                );
                quote! {
                    match #private::#find::<#key>(#context) {
                        #private::core::result::Result::Ok(#value) => #value,
                        #private::core::result::Result::Err(#err) => #private::fail(#err).await,
                    }
                }
            }
        };
        prologue.extend(quote!(#(#attrs)* let #pattern = #found;));
    }
}

/// Puts the context that the timeout narrows in the place of the caller's.
pub(super) fn narrow(
    model: &Model,
    timeout: &Limit,
    context: &TokenStream,
    prologue: &mut TokenStream,
) {
    let (private, ctx) = (&model.private, &model.ctx);
    let (after, narrowed) = (local("after"), local("narrowed"));
    let duration = duration(model, timeout);
    prologue.extend(quote! {
        let #after = #duration;
        let #narrowed = #private::narrow(#context, #after).await;
    });
    prologue.extend(match model.source {
        Source::Param(CtxParam::Owned) => {
            let mutable = &model.ctx_mutable;
            quote!(let #mutable #ctx = #narrowed; let _ = &#ctx;)
        }
        _ => quote!(let #ctx: &#private::Ctx = &#narrowed; let _ = #ctx;),
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
