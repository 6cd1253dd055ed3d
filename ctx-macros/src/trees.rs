//! Tokens, put together one by one: a macro runs unoptimized, and each piece that is appended to a stream is felt.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};

/// Tokens that become a stream at once.
pub(crate) struct Trees(Vec<TokenTree>);

impl Trees {
    /// With room for what an expansion usually has.
    pub(crate) fn new() -> Trees {
        Trees(Vec::with_capacity(40))
    }

    /// Adds words and signs, all at one place. `::` and `->` are one sign.
    pub(crate) fn write(&mut self, at: Span, tokens: &[&str]) {
        for token in tokens {
            match *token.as_bytes() {
                [first, ..] if first == b'_' || first.is_ascii_alphabetic() => {
                    self.push(Ident::new(token, at));
                }
                [sign] => self.sign(at, sign, Spacing::Alone),
                [first, second] => {
                    self.sign(at, first, Spacing::Joint);
                    self.sign(at, second, Spacing::Alone);
                }
                _ => unreachable!("no sign of ours is longer"),
            }
        }
    }

    fn sign(&mut self, at: Span, sign: u8, spacing: Spacing) {
        let mut sign = Punct::new(sign.into(), spacing);
        sign.set_span(at);
        self.push(sign);
    }

    pub(crate) fn push(&mut self, tree: impl Into<TokenTree>) {
        self.0.push(tree.into());
    }

    /// Adds the path of something of the runtime's.
    pub(crate) fn private(&mut self, at: Span, name: &str) {
        self.write(at, &["::", "ctx_core", "::", "__private", "::", name]);
    }

    pub(crate) fn extend(&mut self, trees: &[TokenTree]) {
        self.0.extend_from_slice(trees);
    }

    pub(crate) fn join(&mut self, trees: Trees) {
        self.0.extend(trees.0);
    }

    pub(crate) fn append(&mut self, stream: TokenStream) {
        self.0.extend(stream);
    }

    pub(crate) fn into_group(self, delimiter: Delimiter, at: Span) -> Group {
        let mut group = Group::new(delimiter, self.into_stream());
        group.set_span(at);
        group
    }

    pub(crate) fn into_stream(self) -> TokenStream {
        self.0.into_iter().collect()
    }
}
