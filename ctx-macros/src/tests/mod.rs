//! The macros as functions from tokens to tokens.

mod fuzz;
mod names;
mod plain;
mod snapshots;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::lints::Purpose;

/// A use of one of the macros, found in a source file.
#[derive(Clone, Debug)]
pub(crate) enum Use {
    Cancellable {
        options: TokenStream,
        item: TokenStream,
    },
    CtxKey(TokenStream),
}

impl Use {
    pub(crate) fn expand(self, purpose: Purpose) -> TokenStream {
        match self {
            Use::Cancellable { options, item } => {
                crate::attribute::cancellable(purpose, options, item)
            }
            Use::CtxKey(keys) => crate::key::ctx_key(quote::quote!((::ctx_core) #keys)),
        }
    }

    pub(crate) fn expand_for_all(self) {
        if let Use::Cancellable { item, .. } = &self {
            plain::compare(item);
        }
        self.clone().expand(Purpose::Running);
        self.expand(Purpose::Reading);
    }
}

/// Every use in `tokens` that is not inside of another item.
pub(crate) fn uses(tokens: TokenStream) -> Vec<Use> {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = Vec::new();
    let mut behind = 0;
    for (at, tree) in trees.iter().enumerate() {
        if at < behind {
            continue;
        }
        let TokenTree::Group(group) = tree else {
            continue;
        };
        let word = |back: usize| {
            trees
                .get(at.wrapping_sub(back))
                .map(ToString::to_string)
                .unwrap_or_default()
        };
        match group.delimiter() {
            Delimiter::Bracket if word(1) == "#" => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let name = inner
                    .iter()
                    .position(|tree| tree.to_string() == "cancellable");
                if let Some(name) = name {
                    let options = match inner.get(name + 1) {
                        Some(TokenTree::Group(options)) => options.stream(),
                        _ => TokenStream::new(),
                    };
                    let item = item(&trees[at + 1..]);
                    behind = at + 1 + item.clone().into_iter().count();
                    found.push(Use::Cancellable { options, item });
                }
            }
            _ if word(1) == "!" && word(2) == "ctx_key" => found.push(Use::CtxKey(group.stream())),
            Delimiter::Brace => found.extend(uses(group.stream())),
            _ => {}
        }
    }
    found
}

/// The first item: up to a `;`, or to braces.
fn item(trees: &[TokenTree]) -> TokenStream {
    let ends = |tree: &TokenTree| match tree {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    };
    let end = trees
        .iter()
        .position(ends)
        .map_or(trees.len(), |end| end + 1);
    trees[..end].iter().cloned().collect()
}
