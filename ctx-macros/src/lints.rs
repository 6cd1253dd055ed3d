//! What lints and rustdoc see of an annotated function.

use std::sync::LazyLock;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::token::Bracket;
use syn::{
    Attribute, Expr, ExprClosure, FnArg, Meta, Pat, PatIdent, ReturnType, Signature, Token, Type,
    Visibility, parse_quote,
};

use crate::captures::{self, Capture};
use crate::expand::{self, capturing_output, duration, local};
use crate::item::{enclose, regroup};
use crate::model::{Model, Source};
use crate::names::Code;
use crate::options::{Limit, relocate};
use crate::params::CtxParam;
use crate::patterns;
use crate::returns::Shape;

/// What an expansion is for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Purpose {
    /// It is compiled, or whoever asks for it did not say.
    Running,
    /// Clippy or rustdoc reads it, and nobody runs it.
    Reading,
}

impl Purpose {
    /// A macro runs inside of the program that asks for its expansion. To emit both forms, one under `cfg(any(clippy, doc))`,
    /// would cost every build the tokens of the other.
    pub(crate) fn here() -> Purpose {
        static HERE: LazyLock<Purpose> = LazyLock::new(|| {
            let program = std::env::current_exe().unwrap_or_default();
            match program.file_stem().and_then(|name| name.to_str()) {
                Some("clippy-driver" | "rustdoc") => Purpose::Reading,
                _ => Purpose::Running,
            }
        });
        *HERE
    }
}

/// The function that the user wrote, with its context, for clippy and rustdoc: no body of it is ever run.
///
/// Clippy judges `async fn`s (`unused_async`, `missing_errors_doc`, ..) and not their expansion, and
/// `-> Result<Page, Error>` reads better than `-> impl Future<Output = ..>`.
pub(crate) fn readable(model: &Model, sig: &Signature) -> TokenStream {
    let (attrs, vis, defaultness) = (&model.item.attrs, &model.item.vis, &model.item.defaultness);
    let attrs = documented_for(model, attrs);
    let semi = &model.item.semi;
    let body = (model.item.body.as_ref()).map(|body| match &model.shape {
        Shape::Tail(tail) => {
            let (keywords, block) = (&tail.keywords, readable_body(model, &tail.block));
            regroup(body, tail.with(quote!(#keywords #block)))
        }
        _ => readable_body(model, body),
    });
    let mut sig = sig.clone();
    for input in &mut sig.inputs {
        // Of a function that has lifetimes of a macro's, clippy does not say which are needless.
        if let FnArg::Typed(argument) = input
            && model.source == Source::Param(CtxParam::Injected)
            && matches!(&*argument.pat, Pat::Ident(name) if name.ident == model.ctx)
            && let Type::Verbatim(injected) = &mut *argument.ty
        {
            *injected = relocate(std::mem::take(injected), sig.fn_token.span);
        }
    }
    // It would be said of a trait's.
    let is_private = matches!(vis, Visibility::Inherited);
    let in_trait = (is_private && (sig.receiver().is_some() || model.item.body.is_none()))
        .then(|| quote!(#[allow(async_fn_in_trait)]));
    let sig = capturing_output(&sig);
    let too_many = too_many_arguments(model);
    quote! {
        #in_trait
        #too_many
        #(#attrs)* #vis #defaultness #sig #body #semi
    }
}

/// With the context it may be one parameter more than the lint's bound, which is seven.
pub(crate) fn too_many_arguments(model: &Model) -> Option<TokenStream> {
    let injected = model.source == Source::Param(CtxParam::Injected);
    (model.item.sig.inputs.len() == 8 && injected)
        .then(|| quote!(#[allow(clippy::too_many_arguments)]))
}

/// The user's body, behind whatever makes the names that it uses known and the names in the attribute used.
fn readable_body(model: &Model, body: &Group) -> Group {
    let (private, ctx) = (&model.private, &model.ctx);
    let mut prologue = match model.source {
        Source::Current => quote!(let #ctx: &#private::Ctx = #private::unbound(); let _ = #ctx;),
        // The race uses it, whatever the body does.
        Source::Param(CtxParam::Injected | CtxParam::Borrowed) => quote!(let _ = #ctx;),
        Source::Param(CtxParam::Owned) => TokenStream::new(),
    };
    for value in &model.values {
        let (attrs, pat, ty) = (&value.attrs, &value.pat, &value.ty);
        prologue.extend(quote!(#(#attrs)* let #pat: #ty = #private::unbound();));
    }
    for limit in [&model.timeout, &model.grace].into_iter().flatten() {
        let limit = duration(model, limit);
        prologue.extend(quote!(let _ = #limit;));
    }
    if let Some(or) = &model.or {
        let or = match model.never {
            true => {
                let closure = diverging(or);
                quote!(#private::or(#closure))
            }
            false => otherwise(model, or),
        };
        // Of an `async fn` it is not said, so nor is it of a closure in its attribute.
        prologue.extend(quote!(#[allow(clippy::result_large_err)] let _ = #or;));
    }
    if begins_with_item(body) {
        // An item behind a statement is one too late.
        body.to_tokens(&mut prologue);
    } else {
        // As a whole: one by one, its tokens would forget what a macro has handed on to them.
        body.stream().to_tokens(&mut prologue);
    }
    regroup(body, prologue)
}

/// Whether an item may be what a body begins with.
fn begins_with_item(body: &Group) -> bool {
    const WORDS: [&str; 12] = [
        "const",
        "enum",
        "extern",
        "fn",
        "impl",
        "macro_rules",
        "mod",
        "static",
        "struct",
        "trait",
        "type",
        "use",
    ];
    let is_of_attribute = |tree: &TokenTree| match tree {
        TokenTree::Punct(sign) => sign.as_char() == '#',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Bracket,
        _ => false,
    };
    let first = body
        .stream()
        .into_iter()
        .find(|tree| !is_of_attribute(tree));
    matches!(first, Some(TokenTree::Ident(word)) if WORDS.iter().any(|item| word == item))
}

/// What `or` says, as a closure that takes the error. The call lies on it, for errors about its argument.
pub(crate) fn otherwise(model: &Model, or: &Expr) -> TokenStream {
    let closure = match or {
        Expr::Closure(closure) => quote!(#closure),
        value => quote!(|_| #value),
    };
    let (at, resolved) = (or.span().resolved_at(Span::mixed_site()), &model.resolved);
    let mut call = TokenStream::new();
    model.private.path_to("or", at, &mut call);
    call.extend(quote_spanned!(at=> ::<#resolved, _>(#closure)));
    call
}

/// The same where `!` is returned: with the type written, what does not diverge is at fault itself.
pub(crate) fn diverging(or: &Expr) -> TokenStream {
    match or {
        Expr::Closure(closure) if matches!(closure.output, ReturnType::Default) => {
            let body = &closure.body;
            let closure = ExprClosure {
                output: parse_quote!(-> !),
                body: parse_quote!({ #body }),
                ..closure.clone()
            };
            quote!(#closure)
        }
        Expr::Closure(closure) => quote!(#closure),
        value => quote!(|_| -> ! { #value }),
    }
}

/// The user's attributes, with what [`documented`] adds.
pub(crate) fn documented_for(model: &Model, attrs: &[Attribute]) -> Vec<Attribute> {
    let context = match model.source {
        Source::Current => "the current context".to_owned(),
        Source::Param(_) => format!("`{}`", model.ctx),
    };
    documented(attrs, &context, model.timeout.as_ref())
}

/// The user's attributes; a function that has docs says at their end that it can be cut off.
pub(crate) fn documented(
    attrs: &[Attribute],
    context: &str,
    timeout: Option<&Limit>,
) -> Vec<Attribute> {
    let mut attrs = attrs.to_vec();
    // Not `#[doc(alias = ..)]`: of a function that has no docs, `missing_docs` is to say so.
    let is_text =
        |attr: &Attribute| matches!(&attr.meta, Meta::NameValue(meta) if meta.path.is_ident("doc"));
    let last = attrs.iter().rposition(is_text);
    if let Some(last) = last {
        let after = match timeout {
            Some(Limit::Literal(_, text)) => format!(", or {text} after it was first polled"),
            Some(Limit::Computed(_)) => ", or its own timeout is past".to_owned(),
            None => String::new(),
        };
        let line = format!("*Cancellable*: ends early once {context} is done{after}.");
        attrs.insert(last + 1, parse_quote!(#[doc = ""]));
        attrs.insert(last + 2, parse_quote!(#[doc = #line]));
    }
    attrs
}

/// An `async fn` with the user's `#[track_caller]`, of which the compiler says that it does nothing there. It says so of
/// no other. It has the place of the user's.
pub(crate) fn tracked(model: &Model, body: &Group) -> Option<TokenStream> {
    let attrs = &model.item.attrs;
    let is_tracking = |attr: &&Attribute| attr.path().is_ident("track_caller");
    let mut attr = attrs.iter().find(is_tracking)?.clone();
    let brackets = attr.bracket_token.span.join().source_text();
    if brackets.is_some_and(|text| text.starts_with("[cfg_attr")) {
        // It has applied this one, and lent it its brackets.
        let at = attr.path().span();
        (attr.pound_token, attr.bracket_token) = (Token![#](at), Bracket(at));
    }
    let name = local("tracked");
    let start = expand::start_of_header(&model.item).unwrap_or_else(Span::call_site);
    let keyword = Token![async](start);
    let nothing = enclose(body, TokenStream::new());
    Some(quote!(#attr #keyword fn #name() #nothing))
}

/// For each parameter that the body never uses, a binding that `unused_variables` will find in its place: the
/// parameter itself is captured, and counts as used.
pub(crate) fn unused(model: &Model, code: &Code) -> TokenStream {
    let mut out = TokenStream::new();
    for capture in &model.captures {
        // The compiler judges a local itself, and never `self`.
        if capture.pattern.is_none() && !capture.is_local && capture.ident != "self" {
            let Capture {
                attrs,
                mutable,
                ident,
                ..
            } = capture;
            out.extend(unused_one(attrs, *mutable, ident, code));
        }
    }
    out
}

/// The same for one parameter.
pub(crate) fn unused_one(
    attrs: &[Attribute],
    mutability: Option<impl ToTokens>,
    ident: &Ident,
    code: &Code,
) -> Option<TokenStream> {
    // Of what never gets a value, it is not said that it need not be `mut`: that is said of the parameter.
    // A unit struct is a pattern of its own type alone.
    (!code.uses(ident)).then(
        || match mutability.is_none() && patterns::may_be_constant(ident) {
            true => quote!(#(#attrs)* if false { let #ident = #ident; };),
            false => quote!(#(#attrs)* if false { let #mutability #ident: (); };),
        },
    )
}

/// Everything that might name a parameter.
pub(crate) fn code_of(model: &Model, body: &Group) -> Code {
    let mut code = durations(model);
    if code.is_empty() {
        return Code::from(body.clone());
    }
    code.extend(body.stream());
    Code::from(Group::new(Delimiter::Brace, code))
}

/// Whether a computed duration uses the context.
pub(crate) fn measures_context(model: &Model) -> bool {
    Code::from(Group::new(Delimiter::Brace, durations(model))).uses(&model.ctx)
}

fn durations(model: &Model) -> TokenStream {
    let mut code = TokenStream::new();
    for limit in [&model.timeout, &model.grace].into_iter().flatten() {
        if let Limit::Computed(expr) = limit {
            code.extend(quote!(#expr;));
        }
    }
    code
}

/// Of `self` itself the compiler never says that what is assigned to it is not read; of a captured one it would.
pub(crate) fn assigned_self(model: &Model, code: &Code) -> Option<TokenStream> {
    let mut captures = model.captures.iter();
    let capture = captures.find(|capture| capture.ident == "self")?;
    (code.assigns(&capture.ident)).then(|| quote!(#[allow(unused_assignments)]))
}

/// Of a captured reference the compiler says that it is not read, if no use of it can be reached. So it is read before the
/// body, as what is no reference is, and gets a binding as that does. Where the user wrote the block, it says so, too.
pub(crate) fn read_references(model: &Model, code: &Code) -> TokenStream {
    let mut out = TokenStream::new();
    if matches!(model.shape, Shape::Tail(_)) {
        return out;
    }
    for Reference {
        attrs,
        ident,
        mutability,
    } in references(model)
    {
        // Where the block has a context of its own, it does not hold the parameter.
        if code.ends_early && (ident != model.ctx || model.timeout.is_none()) {
            out.extend(quote!(#(#attrs)* let _ = &#ident;));
        }
        if (code.ends_early || reads_outside(model, code)) && ident != "self" && ident != model.ctx
        {
            out.extend(unused_one(&attrs, mutability, &ident, code));
        }
    }
    out
}

/// Where the compiler finds a pattern in a body that may not match, it looks for no use in that, and what the block
/// captures would be found to be unused. So it is named outside of the block as well.
pub(crate) fn read_outside(model: &Model, code: &Code) -> TokenStream {
    let mut out = TokenStream::new();
    if !reads_outside(model, code) {
        return out;
    }
    for Capture { attrs, ident, .. } in &model.captures {
        out.extend(quote!(#(#attrs)* let _ = #ident;));
    }
    for Reference { attrs, ident, .. } in references(model) {
        if ident != model.ctx {
            out.extend(quote!(#(#attrs)* let _ = #ident;));
        }
    }
    out
}

fn reads_outside(model: &Model, code: &Code) -> bool {
    code.may_not_match && matches!(model.shape, Shape::Async)
}

/// A parameter that is none of the captures, nor one of which a lint is expected.
struct Reference {
    attrs: Vec<Attribute>,
    ident: Ident,
    mutability: Option<Token![mut]>,
}

fn references(model: &Model) -> impl Iterator<Item = Reference> {
    let inputs = model.item.sig.inputs.iter().filter_map(|input| {
        let (attrs, ident, mutability) = match input {
            FnArg::Receiver(receiver) => (&receiver.attrs, receiver.self_token.into(), None),
            FnArg::Typed(argument) => match &*argument.pat {
                Pat::Ident(PatIdent {
                    mutability, ident, ..
                }) => (&argument.attrs, ident.clone(), *mutability),
                _ => return None,
            },
        };
        let is_expected = attrs.iter().any(captures::is_expect);
        (!is_expected).then(|| Reference {
            attrs: attrs.iter().filter_map(captures::cfg_or_lint).collect(),
            ident,
            mutability,
        })
    });
    let is_captured = |it: &Reference| {
        model
            .captures
            .iter()
            .any(|capture| capture.ident == it.ident)
    };
    inputs.filter(move |it| !is_captured(it))
}
