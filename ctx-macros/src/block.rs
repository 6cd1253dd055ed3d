//! Annotated `impl` and `trait` blocks.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Meta};

use crate::errors::Errors;
use crate::item::{Block, BlockKind, FnItem, Member, regroup};
use crate::lints::Purpose;
use crate::model::{self, Place};
use crate::options::Options;
use crate::{expand, interplay};

/// Expands every async fn in the block, and those that `async_trait` has rewritten. `defaults` are the block's options.
pub(crate) fn expand(
    purpose: Purpose,
    block: Block,
    mut defaults: Options,
    errors: &mut Errors,
) -> TokenStream {
    let Block {
        mut attrs,
        kind,
        head,
        inner_attrs,
        members,
        braces,
    } = block;
    interplay::refuse_second(&mut attrs, false, errors);
    if let Some(at) = defaults.skip.take() {
        errors.at(at, "`skip` leaves one function out: write it on that function, or leave the block's attribute away");
    }
    if let (Some(at), BlockKind::Impl) = (defaults.send, kind) {
        errors.at(
            at,
            "`send` belongs on the trait: an impl's future is `Send` when its body is",
        );
        defaults.send = None;
    }
    let place = Place {
        block: Some(kind),
        keep_async: attrs.iter().any(interplay::is_foreign),
        purpose,
    };
    if let (Some(at), true) = (defaults.send, place.keep_async) {
        errors.at(
            at,
            "an attribute below this one needs to see `async fn`s, which cannot be declared `Send`",
        );
        defaults.send = None;
    }
    let members = members.into_iter().map(|member| match member {
        Member::Fn(item) => member_fn(*item, &defaults, place, errors),
        Member::Other(tokens) => tokens,
    });
    let members: TokenStream = members.collect();
    let braces = regroup(&braces, quote!(#inner_attrs #members));
    quote!(#(#attrs)* #head #braces)
}

fn member_fn(
    mut item: FnItem,
    defaults: &Options,
    place: Place,
    errors: &mut Errors,
) -> TokenStream {
    let own = take_attribute(&mut item.attrs, errors);
    let is_ours =
        own.is_some() || item.sig.asyncness.is_some() || interplay::is_rewritten(&item.sig);
    let own = own.unwrap_or_default();
    if own.skip.is_some() {
        if let (Some(at), true) = (own.skip, own.says_more_than_skip()) {
            errors.at(
                at,
                "`skip` leaves this function as it is; the other options say nothing then",
            );
        }
        return item.to_token_stream();
    }
    if !is_ours {
        return item.to_token_stream();
    }
    let options = own.clone().or_default(defaults);
    match model::build(item, &own, options, place, errors) {
        Ok(model) => expand::expand(model),
        Err(unchanged) => unchanged.to_token_stream(),
    }
}

/// Takes `#[cancellable(..)]` off a function of the block.
fn take_attribute(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Option<Options> {
    let at = attrs
        .iter()
        .position(|attr| interplay::last_name(attr) == "cancellable")?;
    let options = match attrs.remove(at).meta {
        Meta::Path(_) => TokenStream::new(),
        Meta::List(list) => list.tokens,
        Meta::NameValue(wrong) => {
            errors.on(wrong, "expected `#[cancellable]` or `#[cancellable(..)]`");
            TokenStream::new()
        }
    };
    Some(Options::parse(options, errors))
}

impl ToTokens for FnItem {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let FnItem {
            attrs,
            vis,
            defaultness,
            sig,
            body,
            semi,
        } = self;
        tokens.extend(quote!(#(#attrs)* #vis #defaultness #sig #body #semi));
    }
}
