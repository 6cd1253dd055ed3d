//! `#[cancellable]`, from tokens to tokens.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::errors::Errors;
use crate::item::{FnItem, Item};
use crate::lints::Purpose;
use crate::model::{self, Place};
use crate::options::Options;
use crate::{block, expand, plain};

/// Expands the item. Whatever is wrong, the item is part of the output, so that the rest of the user's program still
/// finds it and is checked with it.
pub(crate) fn cancellable(
    purpose: Purpose,
    options: TokenStream,
    item: TokenStream,
) -> TokenStream {
    if options.is_empty()
        && purpose == Purpose::Running
        && let Some(expanded) = plain::expand(item.clone())
    {
        return expanded;
    }
    any(purpose, options, item)
}

/// Expands what may be plain or not.
pub(crate) fn any(purpose: Purpose, options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::parse(options, &mut errors);
    let parsed = errors.ok(Item::parse(item.clone()));
    let expanded = match parsed {
        Some(Item::Fn(item)) => function(purpose, *item, options, &mut errors),
        Some(Item::Block(block)) => block::expand(purpose, block, options, &mut errors),
        Some(Item::Other(at)) => {
            errors.at(at, "`#[cancellable]` goes on an `async fn`, or on an `impl` or `trait` block that has some");
            item
        }
        None => item,
    };
    let errors = errors.into_tokens();
    quote!(#expanded #errors)
}

fn function(purpose: Purpose, item: FnItem, options: Options, errors: &mut Errors) -> TokenStream {
    let place = Place {
        block: None,
        keep_async: false,
        purpose,
    };
    let own = options.clone();
    match model::build(item, &own, options, place, errors) {
        Ok(model) => expand::expand(model),
        Err(unchanged) => unchanged.to_token_stream(),
    }
}
