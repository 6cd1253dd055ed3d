//! From the model to tokens.
//!
//! ```text
//! async fn search(#[value] ip: &UserIp, query: &str) -> Result<Page, Error> { BODY }
//!
//! fn search(ctx: &Ctx, query: &str) -> impl Future<Output = Result<Page, Error>> {
//!     return raced(ctx, &"search", async move {
//!         let _ = &query;                       // dropped with the body, as in an `async fn`
//!         if false { return never::<Result<Page, Error>>(); } // the type of the block, before the user's first statement
//!         let ip = { let Some(value) = value::<UserIp>(ctx) else { match missing::<UserIp>().await {} }; value };
//!         { BODY }                              // what is declared in there hides no type of ours
//!     })
//! }
//! ```
//!
//! Names of ours have a mixed-site span, which no code of the user's can see. `impl` has a call-site span, whose
//! edition is this crate's: with it the future captures every lifetime for callers of all editions.

mod bindings;
mod places;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, format_ident, quote, quote_spanned};
use syn::{PathArguments, ReturnType, Safety, Signature, Token, Type, TypeParamBound, Visibility};

use bindings::{bind_context, bind_values, duration_at_start, narrow, scope};
use places::{call_on, end_of_header};

pub(crate) use bindings::duration;
pub(crate) use places::{Ends, call_at, ends_of, ends_of_output, ours};

use crate::captures::{Capture, make_local};
use crate::item::{FnItem, behind, enclose, regroup};
use crate::model::{Model, Source};
use crate::names::Code;
use crate::options::{Private, relocate};
use crate::params::CtxParam;
use crate::returns::{self, Boxing, Shape, Tail};
use crate::{lifetimes, lints};

/// Writes out an annotated function.
pub(crate) fn expand(mut model: Model) -> TokenStream {
    if let Some(sig) = &model.readable {
        return lints::readable(&model, sig);
    }
    match (&model.shape, &model.item.body) {
        (Shape::Async, Some(body)) => {
            let body = async_body(&model, body);
            async_fn(&mut model, body)
        }
        (Shape::Tail(tail), Some(body)) => tail_block(&model, tail, body),
        (Shape::Delegating(boxing), Some(body)) => delegating(&model, *boxing, body),
        (Shape::Async, None) => {
            let semi = model.item.semi;
            async_fn(&mut model, semi)
        }
        _ => {
            let signature = capturing_output(&model.item.sig);
            function(&model, signature, model.item.semi)
        }
    }
}

/// A body's block behind the race.
fn async_body(model: &Model, body: &Group) -> Group {
    let code = lints::code_of(model, body);
    let (setup, reads) = (setup(model), lints::read_outside(model, &code));
    let future = async_block(&model.item, model.ends, block(model, body, &code));
    let race = match type_of_body(model) {
        None => race(model, future),
        Some(resolved) => {
            // Errors about the type are errors about the return type.
            let (at, _) = ours(model.ends);
            let resolving = resolving(model, at);
            race(
                model,
                quote_spanned!(at=> #resolving::<#resolved, _>(#future)),
            )
        }
    };
    if model.keep_async {
        let (_, end) = ours(model.ends);
        let wait = quote_spanned!(end=> .await);
        return enclose(body, quote!(#setup #reads #race #wait));
    }
    let tracked = lints::tracked(model, body);
    let race = match returns::has_word(model.item.sig.output.to_token_stream(), &["impl"]) {
        // What is behind it is known by what is returned here, and nowhere else: that it does not live long enough is said
        // of this, and is an error about the body.
        true => {
            let at = body.span().resolved_at(Span::mixed_site());
            let resolving = resolving(model, at);
            quote_spanned!(at=> #resolving(#race))
        }
        false => race,
    };
    // As the tail of a body, its type would be told in errors about the return type.
    enclose(body, quote!(#tracked #setup #reads return #race))
}

fn resolving(model: &Model, at: Span) -> TokenStream {
    let mut path = TokenStream::new();
    model.private.path_to("resolving", at, &mut path);
    path
}

/// An `async fn`, or a function that returns the future.
fn async_fn(model: &mut Model, body: impl ToTokens) -> TokenStream {
    if model.keep_async {
        return function(model, &model.item.sig, body);
    }
    let signature = returning_future(model);
    function(model, signature, body)
}

/// `async move {}`
struct AsyncBlock {
    keywords: [Ident; 2],
    block: Group,
}

/// One that lies on the header of the user's `async fn`, for what is said of its future.
fn async_block(item: &FnItem, ends: Ends, block: Group) -> AsyncBlock {
    let start = start_of_header(item).unwrap_or_else(Span::call_site);
    let keywords = [
        Ident::new("async", start),
        Ident::new("move", end_of_header(&item.sig, ends)),
    ];
    AsyncBlock { keywords, block }
}

/// The first token of an `async fn`, but for attributes.
pub(crate) fn start_of_header(item: &FnItem) -> Option<Span> {
    match &item.vis {
        Visibility::Public(token) => Some(token.span),
        Visibility::Restricted(vis) => Some(vis.pub_token.span),
        Visibility::Inherited => item.sig.asyncness.map(|token| token.span),
    }
}

impl ToTokens for AsyncBlock {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.keywords);
        self.block.to_tokens(tokens);
    }
}

/// A body that ends in an `async move` block: the block is raced.
fn tail_block(model: &Model, tail: &Tail, body: &Group) -> TokenStream {
    let setup = setup(model);
    let code = lints::code_of(model, &tail.block);
    let (keywords, block) = (&tail.keywords, block(model, &tail.block, &code));
    let mut raced = race(model, quote!(#keywords #block));
    if returns::has_word(model.item.sig.output.to_token_stream(), &["impl"]) {
        // As in the body of an `async fn`.
        let first = keywords.clone().into_iter().next();
        let start = first.map_or_else(Span::call_site, |tree| tree.span());
        let ours = |at: Span| at.resolved_at(Span::mixed_site());
        let call = resolving(model, ours(start));
        let mut arguments = Group::new(Delimiter::Parenthesis, raced);
        arguments.set_span(ours(tail.block.span()));
        raced = quote!(#call #arguments);
    }
    let body = regroup(body, tail.with(raced));
    let statements = body.stream();
    let body = regroup(&body, quote!(#setup #statements));
    function(model, capturing_output(&model.item.sig), body)
}

/// A body that gets its future elsewhere: whatever it returns is raced.
fn delegating(model: &Model, boxing: Boxing, body: &Group) -> TokenStream {
    let private = &model.private;
    let setup = setup(model);
    let output = &model.item.sig.output;
    let code = lints::code_of(model, body);
    let mut head = capture(model);
    head.extend(lints::read_references(model, &code));
    for capture in &model.captures {
        make_local(capture, &mut head);
    }
    head.extend(lints::unused(model, &code));
    head.extend(lints::assigned_self(model, &code));
    let body = &match head.is_empty() {
        true => body.clone(),
        false => behind(head, body, has_locals(model)),
    };
    let call = match boxing {
        Boxing::None => quote!((move || #body)()),
        _ => quote!((move || #output #body)()),
    };
    let raced = match &model.grace {
        None => race(model, call),
        Some(grace) => {
            let grace = duration(model, grace);
            race(model, quote!(#private::graced(#call, move || #grace)))
        }
    };
    let raced = match boxing {
        Boxing::None => raced,
        Boxing::Boxed => call_at(output, quote!(#private::Box::new), raced),
        Boxing::Pinned => call_at(output, quote!(#private::Box::pin), raced),
    };
    function(
        model,
        capturing_output(&model.item.sig),
        enclose(body, quote!(#setup #raced)),
    )
}

fn function(model: &Model, signature: impl ToTokens, body: impl ToTokens) -> TokenStream {
    let FnItem {
        attrs,
        vis,
        defaultness,
        ..
    } = &model.item;
    let attrs = lints::documented_for(model, attrs);
    let too_many = lints::too_many_arguments(model);
    quote!(#too_many #(#attrs)* #vis #defaultness #signature #body)
}

/// `fn f(..) -> impl Future<Output = R>` for `async fn f(..) -> R`.
fn returning_future(model: &mut Model) -> TokenStream {
    let (private, sig) = (&model.private, &mut model.item.sig);
    let header = end_header(sig, model.ends);
    // The header starts where the user's does, too.
    if let Some(first) = sig.asyncness.take() {
        let start = match (&mut sig.safety, &mut sig.abi) {
            (Safety::Unsafe(word), _) => &mut word.span,
            (_, Some(abi)) => &mut abi.extern_token.span,
            (_, None) => &mut sig.fn_token.span,
        };
        *start = first.span;
    }
    let clause = sig.generics.where_clause.take();
    let output = std::mem::replace(&mut sig.output, ReturnType::Default);
    let output = model.written_output.take().unwrap_or(output);
    let (start, end) = ours(model.ends);
    let (arrow, output) = match output {
        ReturnType::Default => (Token![->](start), Type::Verbatim(quote!(()))),
        ReturnType::Type(arrow, _) if model.never => {
            (arrow, Type::Verbatim(model.resolved.clone()))
        }
        ReturnType::Type(arrow, ty) => (arrow, *ty),
    };
    let send = (model.send).then(|| relocate(quote!(+ #private::core::marker::Send), end));
    // Tokens as such: a stream for each would cost two calls of the compiler.
    let (opaque, close) = (Token![impl](start), Token![>](end));
    quote!(#sig #arrow #opaque #private::Future<Output = #output #close #send #clause #header)
}

/// An empty `where` clause, to end a function's header at a token of the user's: what is said of the function as a whole
/// (that it has no docs) has the place of its header, and lies on the attribute where that ends in a token of ours.
fn end_header(sig: &Signature, ends: Ends) -> Option<Token![where]> {
    (sig.generics.where_clause.is_none()).then(|| Token![where](end_of_header(sig, ends)))
}

/// A signature whose `impl` in the return type captures the context's lifetime in every edition.
pub(crate) fn capturing_output(sig: &Signature) -> TokenStream {
    let header =
        matches!(&sig.output, ReturnType::Type(_, ty) if matches!(**ty, Type::ImplTrait(_)))
            .then(|| end_header(sig, ends_of_output(&sig.output)));
    let mut sig = sig.clone();
    if let ReturnType::Type(_, ty) = &mut sig.output
        && let Type::ImplTrait(ty) = &mut **ty
    {
        // The compiler asks for the edition of the whole type, from `impl` to its last token.
        let ours = |span: Span| span.resolved_at(Span::call_site());
        ty.impl_token.span = ours(ty.impl_token.span);
        match ty.bounds.last_mut() {
            Some(TypeParamBound::Lifetime(lifetime)) => lifetime.set_span(ours(lifetime.span())),
            Some(TypeParamBound::Trait(bound)) => {
                if let Some(last) = bound.path.segments.last_mut() {
                    match &mut last.arguments {
                        PathArguments::AngleBracketed(arguments) => {
                            arguments.gt_token.span = ours(arguments.gt_token.span);
                        }
                        _ => last.ident.set_span(ours(last.ident.span())),
                    }
                }
            }
            _ => {}
        }
    }
    quote!(#sig #header)
}

/// What stands before the race, outside its block.
fn setup(model: &Model) -> TokenStream {
    let (private, ctx, source) = (&model.private, &model.ctx, local("source"));
    let borrowed = borrowed(model);
    let given = match model.source {
        Source::Param(CtxParam::Injected | CtxParam::Borrowed) => quote!(#borrowed),
        Source::Param(CtxParam::Owned) => {
            // An error about the type is an error about the parameter, `&` and all.
            let borrowed = quote_spanned!(ctx.span().resolved_at(Span::mixed_site())=> &);
            quote!(#private::core::clone::Clone::clone(#private::as_ctx(#borrowed #ctx)))
        }
        Source::Current => quote!(#private::Current),
    };
    let mut setup = match model.source {
        Source::Param(CtxParam::Borrowed) => quote!(let #borrowed = #private::as_ctx(#ctx);),
        _ => TokenStream::new(),
    };
    if has_scope(model) {
        let scope = scope(model, Span::call_site());
        setup.extend(quote!(let (#source, #scope) = #private::scope(#given);));
    } else if borrowed.is_none() {
        setup.extend(quote!(let #source = #given;));
    }
    setup
}

/// The name of a context that was given by reference.
fn borrowed(model: &Model) -> Option<Ident> {
    match model.source {
        Source::Param(CtxParam::Injected) => Some(model.ctx.clone()),
        Source::Param(CtxParam::Borrowed) => Some(local("caller")),
        Source::Param(CtxParam::Owned) | Source::Current => None,
    }
}

/// Whether the body has a context of its own.
fn has_scope(model: &Model) -> bool {
    match model.source {
        Source::Param(CtxParam::Injected | CtxParam::Borrowed) => model.timeout.is_some(),
        Source::Param(CtxParam::Owned) => model.timeout.is_some() || !model.values.is_empty(),
        Source::Current => !matches!(model.shape, Shape::Delegating(_)),
    }
}

/// The return type, if it is written beside the body's future because it names a lifetime or may hide one: a body that
/// does not live up to it is then at fault itself, and not what the function returns. For an `async fn` the compiler sees
/// to that.
fn type_of_body(model: &Model) -> Option<TokenStream> {
    let ReturnType::Type(_, ty) = &model.item.sig.output else {
        return None;
    };
    if model.keep_async {
        return None;
    }
    if returns::has_word(ty.to_token_stream(), &["dyn"]) {
        let mut ty = ty.clone();
        lifetimes::bound_objects(&mut ty);
        return Some(returns::nameable(&ty));
    }
    (lifetimes::names_any(ty) || returns::may_hide_lifetime(ty)).then(|| model.resolved.clone())
}

/// The call of `race`.
fn race(model: &Model, body: impl ToTokens) -> TokenStream {
    let private = &model.private;
    let ident = &model.item.sig.ident;
    let name = ident.to_string();
    let name = name.strip_prefix("r#").unwrap_or(&name);
    let borrowed = borrowed(model);
    let is_graced = matches!(model.shape, Shape::Delegating(_)) && model.grace.is_some();
    let is_usual =
        borrowed.is_some() && model.or.is_none() && model.timeout.is_none() && !is_graced;
    let source = match borrowed {
        Some(given) if !has_scope(model) => given,
        _ => local("source"),
    };
    if is_usual && !model.keep_async {
        return call_on(private, ident, "raced", quote!(#source, &#name, #body));
    }
    let cut = match &model.or {
        None => quote!(#private::Interrupt),
        Some(or) => {
            if model.never {
                let closure = lints::diverging(or);
                quote!(#private::or(#closure))
            } else {
                lints::otherwise(model, or)
            }
        }
    };
    // What is more than usual is to make the future no larger: so the site takes no room here.
    let site = call_on(private, ident, "site", quote!(&#name));
    let arguments = quote!(#source, || const { &#site }, #cut, #body);
    call_on(private, ident, "race", arguments)
}

/// Makes the type of a block known before the user's first statement. It lies on the return type, for errors about that.
pub(crate) fn typed(private: &Private, ends: Ends, resolved: &TokenStream) -> TokenStream {
    let (at, _) = ours(ends);
    let mut never = TokenStream::new();
    private.path_to("never", at, &mut never);
    quote_spanned!(at=> if false { return #never::<#resolved>(); })
}

/// The same for `!`, which has no name in an expression, and turns into any type where it is known to be returned.
fn typed_never(private: &Private, ends: Ends) -> TokenStream {
    let ((at, _), hint, never) = (ours(ends), local("hint"), local("never"));
    quote_spanned! {at=>
        if false {
            let mut #hint = #private::core::option::Option::None;
            if let #private::core::option::Option::Some(#never) = #hint { return #never; }
            #hint = #private::none::<fn() -> !>();
        }
    }
}

/// Whether an argument is a local before the body.
fn has_locals(model: &Model) -> bool {
    let is_local = |capture: &Capture| capture.is_local || capture.pattern.is_some();
    model.captures.iter().any(is_local)
}

/// Takes the arguments into a block or a closure, by which they drop in the order of a plain function.
fn capture(model: &Model) -> TokenStream {
    let each = model
        .captures
        .iter()
        .rev()
        .map(|Capture { attrs, ident, .. }| quote!(#(#attrs)* let _ = &#ident;));
    each.collect()
}

/// The user's braces, with the prologue at the head.
fn block(model: &Model, body: &Group, code: &Code) -> Group {
    let private = &model.private;
    let mut prologue = capture(model);
    prologue.extend(lints::read_references(model, code));
    prologue.extend(match model.never {
        true => typed_never(private, model.ends),
        false => typed(private, model.ends, &model.resolved),
    });
    for capture in &model.captures {
        make_local(capture, &mut prologue);
    }
    prologue.extend(lints::unused(model, code));
    bind_context(model, &mut prologue);
    bind_values(model, &mut prologue);
    // The grace is that of the context that the body runs under, but computed under the caller's.
    if let Some(grace) = &model.grace {
        let grace = duration_at_start(model, grace);
        prologue.extend(quote!(#private::grace(#grace);));
    }
    if let Some(timeout) = &model.timeout {
        narrow(model, timeout, &mut prologue);
    }
    prologue.extend(lints::assigned_self(model, code));
    let with_locals = has_locals(model)
        || !model.values.is_empty()
        || model.timeout.is_some()
        || model.source == Source::Current;
    behind(prologue, body, with_locals)
}

/// A name that only the expansion sees. Its span hides it from the user's code; but a constant or a unit
/// struct of that name would make a pattern of it wherever it is, so it is one that nobody writes.
pub(crate) fn local(name: &str) -> Ident {
    local_at(name, Span::mixed_site())
}

/// The same, for what is said of a place of the user's.
pub(crate) fn local_at(name: &str, at: Span) -> Ident {
    format_ident!("__ctx_{name}", span = at.resolved_at(Span::mixed_site()))
}
