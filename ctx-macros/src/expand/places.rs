//! Where in the user's text the tokens of ours lie, which is where what the compiler says of them lies.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{ReturnType, Signature};

use crate::options::Private;

/// The spans of the first and the last of some tokens; none where there are no tokens.
pub(crate) type Ends = Option<(Span, Span)>;

pub(crate) fn ends_of_output(output: &ReturnType) -> Ends {
    match output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => ends_of(ty),
    }
}

pub(crate) fn ends_of(tokens: &impl ToTokens) -> Ends {
    let mut trees = tokens.to_token_stream().into_iter();
    let first = trees.next()?.span();
    Some((first, trees.last().map_or(first, |tree| tree.span())))
}

/// The same with our hygiene: an error about the future as a whole, such as that its output cannot be interrupted, is one
/// about the return type.
pub(crate) fn ours(ends: Ends) -> (Span, Span) {
    let (first, last) = ends.unwrap_or_else(|| (Span::call_site(), Span::call_site()));
    (
        first.resolved_at(Span::call_site()),
        last.resolved_at(Span::call_site()),
    )
}

/// The last token of a signature, but for a `where` clause.
pub(super) fn end_of_header(sig: &Signature, ends: Ends) -> Span {
    ends.map_or(sig.paren_token.span.close(), |(_, end)| end)
}

/// A call that lies on the return type, for errors about what is called.
pub(crate) fn call_at(
    output: &ReturnType,
    path: TokenStream,
    arguments: TokenStream,
) -> TokenStream {
    let (start, end) = ours(ends_of_output(output));
    let path = path.into_iter().map(|mut tree| {
        tree.set_span(start.resolved_at(tree.span()));
        tree
    });
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(end);
    path.chain([arguments.into()]).collect()
}

/// A call that lies on the name of the function, which is its place in a trace: with the span of the user's, for with our
/// hygiene the compiler would take the place of the attribute.
pub(super) fn call_on(
    private: &Private,
    name: &Ident,
    called: &str,
    arguments: TokenStream,
) -> TokenStream {
    let span = name.span();
    let mut call = TokenStream::new();
    private.path_to(called, span, &mut call);
    if private.is_written() {
        // That begins in the attribute; its last name, and the parentheses, are here.
        let called = Ident::new(called, span);
        let mut path = Group::new(Delimiter::Parenthesis, quote!({ use #call; #called }));
        path.set_span(span);
        call = path.into_token_stream();
    }
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(span);
    arguments.to_tokens(&mut call);
    call
}
