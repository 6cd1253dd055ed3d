//! Whatever tokens they are fed, the macros answer with tokens: they never panic.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use quote::quote;

use super::{Use, uses};
use crate::entry::Entry;

/// Words and signs that mean something to the parsers, and some that do not.
const VOCABULARY: &str = "
    async fn move impl trait struct enum pub crate super self Self mut ref const unsafe extern where for dyn use in type
    static default return await if let _ ctx cx current timeout grace or send skip value key secret header derive Debug
    cfg cfg_attr doc test main Ctx Option Result Box Pin BoxFuture Future Output UserIp Send pin boxed async_trait life0
    a b T 'a '_ 'static 'async_trait 'life0 ; , : :: . .. = == => -> < > & && | || ! ? # @ + * - / % ^ $
    0 1 300 1.5 'c' b\"x\" \"300ms\" \"0s\" \"\" \"x-name\" \"-5s\" r#type r#async
";

fn word() -> impl Strategy<Value = TokenStream> {
    let words: Vec<TokenStream> = VOCABULARY
        .split_whitespace()
        .map(|word| word.parse().expect("a token"))
        .collect();
    select(words)
}

/// Any tokens, in groups of any kind.
fn soup() -> impl Strategy<Value = TokenStream> {
    word().prop_recursive(4, 64, 12, |inner| {
        let delimiter = select(vec![
            Delimiter::Parenthesis,
            Delimiter::Brace,
            Delimiter::Bracket,
            Delimiter::None,
        ]);
        (delimiter, vec(inner, 0..12)).prop_map(|(delimiter, parts)| {
            let group = Group::new(delimiter, parts.into_iter().collect());
            if delimiter == Delimiter::None {
                group.stream()
            } else {
                TokenTree::Group(group).into()
            }
        })
    })
}

/// Uses that compile and uses that must not, from the cases beside this crate.
fn corpus() -> Vec<Use> {
    let mut found = Vec::new();
    for folder in ["pass", "fail"] {
        let folder = format!("{}/../tests/ui/{folder}", env!("CARGO_MANIFEST_DIR"));
        for entry in std::fs::read_dir(folder).expect("the cases are beside the crate") {
            let path = entry.expect("a readable folder").path();
            if path.extension().is_some_and(|ext| ext == "rs") {
                let text = std::fs::read_to_string(path).expect("a readable file");
                found.extend(uses(text.parse().expect("Rust")));
            }
        }
    }
    assert!(found.len() > 100, "only {} uses", found.len());
    found
}

/// One change to some tokens, somewhere in them.
#[derive(Clone, Debug)]
enum Change {
    Drop(Index),
    Repeat(Index),
    Put(Index, TokenStream),
    Inside(Index, Box<Change>),
}

fn change() -> impl Strategy<Value = Change> {
    let here = prop_oneof![
        any::<Index>().prop_map(Change::Drop),
        any::<Index>().prop_map(Change::Repeat),
        (any::<Index>(), word()).prop_map(|(at, word)| Change::Put(at, word)),
    ];
    here.prop_recursive(4, 8, 1, |inner| {
        (any::<Index>(), inner).prop_map(|(at, change)| Change::Inside(at, Box::new(change)))
    })
}

impl Change {
    fn apply(&self, tokens: TokenStream) -> TokenStream {
        let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
        if trees.is_empty() {
            return TokenStream::new();
        }
        match self {
            Change::Drop(at) => drop(trees.remove(at.index(trees.len()))),
            Change::Repeat(at) => {
                let at = at.index(trees.len());
                trees.insert(at, trees[at].clone());
            }
            Change::Put(at, word) => {
                let at = at.index(trees.len());
                trees.splice(at..at, word.clone());
            }
            Change::Inside(at, change) => {
                let groups: Vec<usize> = (0..trees.len())
                    .filter(|&at| matches!(trees[at], TokenTree::Group(_)))
                    .collect();
                match groups.is_empty() {
                    true => return change.apply(trees.into_iter().collect()),
                    false => {
                        let at = groups[at.index(groups.len())];
                        if let TokenTree::Group(group) = &trees[at] {
                            let changed =
                                Group::new(group.delimiter(), change.apply(group.stream()));
                            trees[at] = changed.into();
                        }
                    }
                }
            }
        }
        trees.into_iter().collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tokens_are_answered(options in vec(soup(), 0..8), item in vec(soup(), 0..12)) {
        let (options, item): (TokenStream, TokenStream) = (options.into_iter().collect(), item.into_iter().collect());
        Use::Cancellable { options: options.clone(), item: item.clone() }.expand_for_all();
        Use::Cancellable { options: options.clone(), item: quote!(async fn f(#item) -> R { #item }) }.expand_for_all();
        for entry in [Entry::Main, Entry::Test] {
            entry.expand(options.clone(), item.clone());
            entry.expand(options.clone(), quote!(async fn f(#item) -> R { #item }));
        }
        Use::CtxKey(item).expand_for_all();
    }

    #[test]
    fn changed_uses_are_answered(
        found in select(corpus()),
        changes in vec(change(), 1..4),
        on_options in any::<bool>(),
    ) {
        let change = |tokens| changes.iter().fold(tokens, |tokens, change| change.apply(tokens));
        match found {
            Use::Cancellable { options, item } if on_options => {
                Use::Cancellable { options: change(options), item }.expand_for_all();
            }
            Use::Cancellable { options, item } => {
                Use::Cancellable { options, item: change(item) }.expand_for_all();
            }
            Use::CtxKey(keys) => {
                Use::CtxKey(change(keys)).expand_for_all();
            }
        }
    }
}
