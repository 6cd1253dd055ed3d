//! Return types, and the shapes of functions that are not `async` but return a future.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    GenericArgument, Lifetime, PathArguments, ReturnType, Type, TypeParamBound, TypePath,
    parse_quote,
};

use crate::item::braces;
use crate::options::Private;
use crate::params::peel;

/// What a function is underneath.
pub(crate) enum Shape {
    /// `async fn`
    Async,
    /// Ends in an `async move` block, bare or boxed: as good as an `async fn`.
    Tail(Tail),
    /// Returns a future that it got elsewhere.
    Delegating(Boxing),
    /// Has no body and returns a future.
    DeclaredFuture,
    /// Returns no future.
    Sync,
}

/// A body that ends in an `async move` block.
pub(crate) struct Tail {
    /// What stands before the block.
    before: TokenStream,
    /// `async move`
    pub(crate) keywords: TokenStream,
    /// The braces of the block.
    pub(crate) block: Group,
    /// The parentheses around the block, with what stands before them already in `before`.
    wrapped: Option<Group>,
    /// What stands after the block: `.boxed()`.
    after: TokenStream,
}

/// How a raced future is turned back into the return type.
#[derive(Clone, Copy)]
pub(crate) enum Boxing {
    None,
    Boxed,
    Pinned,
}

impl Tail {
    /// Finds the block at the end of `body`.
    fn find(body: &Group) -> Option<Tail> {
        let mut trees: Vec<TokenTree> = body.stream().into_iter().collect();
        match trees.as_slice() {
            [.., TokenTree::Ident(pin), TokenTree::Group(arguments)] if pin == "pin" => {
                let (keywords, block) = only_async_move(arguments)?;
                let wrapped = Some(arguments.clone());
                trees.pop();
                Some(Tail {
                    before: trees.into_iter().collect(),
                    keywords,
                    block,
                    wrapped,
                    after: TokenStream::new(),
                })
            }
            [
                ..,
                TokenTree::Punct(dot),
                TokenTree::Ident(method),
                TokenTree::Group(arguments),
            ] if dot.as_char() == '.'
                && (method == "boxed" || method == "boxed_local")
                && arguments.stream().is_empty() =>
            {
                let after = trees.split_off(trees.len() - 3);
                Tail::bare(trees, after)
            }
            _ => Tail::bare(trees, Vec::new()),
        }
    }

    fn bare(mut trees: Vec<TokenTree>, after: Vec<TokenTree>) -> Option<Tail> {
        let (keywords, block) = async_move(&trees)?;
        trees.truncate(trees.len() - 3);
        let (before, after) = (trees.into_iter().collect(), after.into_iter().collect());
        Some(Tail {
            before,
            keywords,
            block,
            wrapped: None,
            after,
        })
    }

    /// The body with `raced` in place of the block.
    pub(crate) fn with(&self, raced: TokenStream) -> TokenStream {
        let Tail { before, after, .. } = self;
        match &self.wrapped {
            None => quote!(#before #raced #after),
            Some(parentheses) => {
                let mut group = Group::new(Delimiter::Parenthesis, raced);
                group.set_span(parentheses.span());
                quote!(#before #group #after)
            }
        }
    }
}

/// The parts of the block in `(async move {})`.
fn only_async_move(arguments: &Group) -> Option<(TokenStream, Group)> {
    let trees: Vec<TokenTree> = arguments.stream().into_iter().collect();
    let trees = match trees.as_slice() {
        [trees @ .., TokenTree::Punct(comma)] if comma.as_char() == ',' => trees,
        trees => trees,
    };
    async_move(trees)
        .filter(|_| trees.len() == 3 && arguments.delimiter() == Delimiter::Parenthesis)
}

/// The keywords and braces of `async move {}` at the end of `trees`.
fn async_move(trees: &[TokenTree]) -> Option<(TokenStream, Group)> {
    match trees {
        [
            ..,
            TokenTree::Ident(is_async),
            TokenTree::Ident(is_move),
            block @ TokenTree::Group(_),
        ] if is_async == "async" && is_move == "move" => {
            Some((quote!(#is_async #is_move), braces(block.clone()).ok()?))
        }
        _ => None,
    }
}

/// Tells the shape of a function that is not `async`.
pub(crate) fn shape_of_sync(output: &ReturnType, body: Option<&Group>) -> Shape {
    let ReturnType::Type(_, ty) = output else {
        return Shape::Sync;
    };
    let boxing = boxing(ty);
    match body {
        None if boxing.is_some() => Shape::DeclaredFuture,
        None => Shape::Sync,
        Some(body) => match (Tail::find(body), boxing) {
            (Some(tail), _) => Shape::Tail(tail),
            (None, Some(boxing)) => Shape::Delegating(boxing),
            (None, None) => Shape::Sync,
        },
    }
}

/// How a return type that is a future by its looks holds it.
fn boxing(ty: &Type) -> Option<Boxing> {
    match peel(ty) {
        Type::ImplTrait(ty) => ty
            .bounds
            .iter()
            .any(is_future_bound)
            .then_some(Boxing::None),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            match last.ident.to_string().as_str() {
                "BoxFuture" | "LocalBoxFuture" => Some(Boxing::Pinned),
                "Pin" => {
                    matches!(boxing(first_type(path)?)?, Boxing::Boxed).then_some(Boxing::Pinned)
                }
                "Box" => match peel(first_type(path)?) {
                    Type::TraitObject(object) => object
                        .bounds
                        .iter()
                        .any(is_future_bound)
                        .then_some(Boxing::Boxed),
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
    }
}

fn first_type(path: &TypePath) -> Option<&Type> {
    match &path.path.segments.last()?.arguments {
        PathArguments::AngleBracketed(arguments) => {
            arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
        }
        _ => None,
    }
}

fn is_future_bound(bound: &TypeParamBound) -> bool {
    matches!(bound, TypeParamBound::Trait(bound) if bound.path.segments.last().is_some_and(|last| last.ident == "Future"))
}

/// What the returned future resolves to: `_` where the type does not show it.
pub(crate) fn resolved(ty: &Type) -> Type {
    let bounds = match peel(ty) {
        Type::ImplTrait(ty) => &ty.bounds,
        Type::TraitObject(ty) => &ty.bounds,
        Type::Path(path) => {
            let is_alias = path
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident.to_string().ends_with("BoxFuture"));
            return match first_type(path) {
                Some(ty) if is_alias => ty.clone(),
                Some(ty) => resolved(ty),
                None => parse_quote!(_),
            };
        }
        _ => return parse_quote!(_),
    };
    (bounds.iter())
        .find_map(|bound| match bound {
            TypeParamBound::Trait(bound) => match &bound.path.segments.last()?.arguments {
                PathArguments::AngleBracketed(arguments) => {
                    arguments.args.iter().find_map(|argument| match argument {
                        GenericArgument::AssocType(assoc) if assoc.ident == "Output" => {
                            Some(assoc.ty.clone())
                        }
                        _ => None,
                    })
                }
                _ => None,
            },
            _ => None,
        })
        .unwrap_or_else(|| parse_quote!(_))
}

/// The lifetime that a boxed or `impl` future is bounded by. `Err` where it is `'static` for want of one.
pub(crate) fn bound_of(ty: &Type) -> Result<Option<Lifetime>, ()> {
    match peel(ty) {
        Type::ImplTrait(ty) => Ok(lifetime_in(&ty.bounds)),
        Type::TraitObject(ty) => lifetime_in(&ty.bounds).map(Some).ok_or(()),
        Type::Path(path) => {
            let arguments = match path.path.segments.last().map(|last| &last.arguments) {
                Some(PathArguments::AngleBracketed(arguments)) => arguments,
                _ => return Ok(None),
            };
            match arguments.args.first() {
                Some(GenericArgument::Lifetime(lifetime)) => Ok(Some(lifetime.clone())),
                Some(GenericArgument::Type(ty)) if boxing(&Type::Path(path.clone())).is_some() => {
                    bound_of(ty)
                }
                _ => Ok(None),
            }
        }
        _ => Ok(None),
    }
}

fn lifetime_in(
    bounds: &syn::punctuated::Punctuated<TypeParamBound, syn::Token![+]>,
) -> Option<Lifetime> {
    bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Lifetime(lifetime) => Some(lifetime.clone()),
        _ => None,
    })
}

/// Whether a function returns `!`.
pub(crate) fn is_never(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, ty) if matches!(peel(ty), Type::Never(_)))
}

/// `!`, which stable Rust has only as what a function returns, as it may stand anywhere.
pub(crate) fn never(private: &Private, at: Span) -> TokenStream {
    let mut fn_output = TokenStream::new();
    private.path_to("FnOutput", at, &mut fn_output);
    quote_spanned!(at=> <fn() -> ! as #fn_output>::Output)
}

/// `ty` as it may stand in an expression: `_` for each `impl Trait`.
pub(crate) fn nameable(ty: &Type) -> TokenStream {
    fn replace(tokens: TokenStream) -> TokenStream {
        let mut trees = tokens.into_iter().peekable();
        let mut out = TokenStream::new();
        while let Some(tree) = trees.next() {
            match tree {
                TokenTree::Ident(word) if word == "impl" => {
                    skip_bounds(&mut trees);
                    out.extend(quote!(_));
                }
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), replace(group.stream()));
                    inner.set_span(group.span());
                    inner.to_tokens(&mut out);
                }
                other => other.to_tokens(&mut out),
            }
        }
        out
    }
    /// Skips to the `,`, `;` or `>` that ends the bounds.
    fn skip_bounds(trees: &mut std::iter::Peekable<proc_macro2::token_stream::IntoIter>) {
        let (mut depth, mut after_dash) = (0, false);
        while let Some(tree) = trees.peek() {
            let dash = matches!(tree, TokenTree::Punct(punct) if punct.as_char() == '-');
            if let TokenTree::Punct(punct) = tree {
                match punct.as_char() {
                    '<' => depth += 1,
                    '>' if after_dash => {}
                    '>' | ',' | ';' if depth == 0 => return,
                    '>' => depth -= 1,
                    _ => {}
                }
            }
            after_dash = dash;
            trees.next();
        }
    }
    replace(ty.to_token_stream())
}

/// Whether `ty` may have a lifetime in it that it does not show: in `Self`, or in an alias.
pub(crate) fn may_hide_lifetime(ty: &Type) -> bool {
    let is_alias = matches!(peel(ty), Type::Path(path) if path.qself.is_none()
        && path.path.segments.last().is_some_and(|last| may_be_alias(&last.ident, !last.arguments.is_none())));
    is_alias || has_word(ty.to_token_stream(), &["Self"])
}

/// Whether what has this name may be an alias: it is not built in, and none of the best known, but a `Result` without
/// arguments is one.
pub(crate) fn may_be_alias(name: &Ident, has_arguments: bool) -> bool {
    const TYPES: [&str; 11] = [
        "Arc", "BTreeMap", "BTreeSet", "Box", "HashMap", "HashSet", "Option", "Pin", "Rc",
        "Result", "Vec",
    ];
    let name = name.to_string();
    name.starts_with(char::is_uppercase) && !(has_arguments && TYPES.contains(&name.as_str()))
}

/// Whether one of `words` is in `tokens`.
pub(crate) fn has_word(tokens: TokenStream, words: &[&str]) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Ident(word) => words.iter().any(|it| word == it),
        TokenTree::Group(group) => has_word(group.stream(), words),
        _ => false,
    })
}

/// Whether `ty` is `()`.
pub(crate) fn is_unit(output: &ReturnType) -> bool {
    match output {
        ReturnType::Default => true,
        ReturnType::Type(_, ty) => matches!(peel(ty), Type::Tuple(tuple) if tuple.elems.is_empty()),
    }
}
