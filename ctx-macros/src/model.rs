//! What an annotated function means: its signature, options and surroundings, checked against each other.

use std::cell::OnceCell;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{
    Attribute, Expr, FnArg, Lifetime, Pat, PatIdent, PatType, ReturnType, Signature, Token, Type,
    parse_quote,
};

use crate::captures::{self, Capture};
use crate::errors::Errors;
use crate::expand::Ends;
use crate::item::{BlockKind, FnItem};
use crate::lints::Purpose;
use crate::names::Code;
use crate::options::{Limit, Options, Private};
use crate::params::{self, CtxParam, Value};
use crate::returns::{self, Shape};
use crate::{checks, expand, interplay, lifetimes, patterns};

/// Everything that the expansion needs to know.
pub(crate) struct Model {
    pub(crate) item: FnItem,
    /// The signature before parameters were given plain names, if that is what is asked for.
    pub(crate) readable: Option<Signature>,
    pub(crate) private: Private,
    pub(crate) shape: Shape,
    /// Stay an `async fn` around a block: something has to see one.
    pub(crate) keep_async: bool,
    pub(crate) ctx: Ident,
    pub(crate) source: Source,
    /// `mut ctx: Ctx`, or `mut ctx: &Ctx`
    pub(crate) ctx_mutable: Option<Token![mut]>,
    /// Lints of a parameter in whose place the body has another context.
    pub(crate) ctx_attrs: Vec<Attribute>,
    pub(crate) captures: Vec<Capture>,
    pub(crate) values: Vec<Value>,
    pub(crate) or: Option<Expr>,
    pub(crate) timeout: Option<Limit>,
    pub(crate) grace: Option<Limit>,
    /// The return type with what the user left out, where the signature can have it.
    pub(crate) written_output: Option<ReturnType>,
    /// What the body resolves to, as it may stand in an expression.
    pub(crate) resolved: TokenStream,
    /// Of the return type.
    pub(crate) ends: Ends,
    pub(crate) never: bool,
    pub(crate) send: bool,
}

/// Where the context comes from.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Source {
    Param(CtxParam),
    Current,
}

/// Where the function stands, and what for.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// The annotated block around it.
    pub(crate) block: Option<BlockKind>,
    /// Whether an attribute below ours on that block has to see `async fn`s.
    pub(crate) keep_async: bool,
    pub(crate) purpose: Purpose,
}

/// Builds the model, or reports why there is none and gives the item back. `own` is what the function's own attribute says; `options` adds the
/// defaults of the block around it.
pub(crate) fn build(
    mut item: FnItem,
    own: &Options,
    options: Options,
    place: Place,
    errors: &mut Errors,
) -> Result<Model, Box<FnItem>> {
    interplay::refuse_second(&mut item.attrs, place.block.is_some(), errors);
    let shape = match &item.sig.asyncness {
        Some(_) => Shape::Async,
        None => returns::shape_of_sync(&item.sig.output, item.body.as_ref()),
    };
    if let Shape::Sync = shape {
        errors.on(item.sig.fn_token, checks::SYNC);
        return Err(Box::new(item));
    }
    let is_async = matches!(shape, Shape::Async);
    let never = is_async && returns::is_never(&item.sig.output);
    let has_body = item.body.is_some();

    let values = params::take_values(&mut item.sig, errors);
    if interplay::is_rewritten(&item.sig) {
        interplay::drop_invented_lifetimes(&mut item.sig, &values);
    }
    let asks_current = asks_current(&item, &options, errors);
    if let (true, Some(named)) = (asks_current, &own.ctx) {
        checks::name_of_current(named, &item.sig, &values, errors);
    }
    let private = options.private();
    let (ctx, source, ctx_mutable) = context(
        &mut item,
        &options,
        &private,
        asks_current,
        &values,
        &shape,
        errors,
    );
    checks::values(&values, &item, &options, &shape, errors);
    checks::options(&item, own, &options, &shape, place, errors);
    let or = match options.or {
        Some((_, or)) if checks::or(&or, &item.sig, errors) => Some(or),
        // The mistake has been reported: let it be the only one.
        Some(_) => Some(parse_quote!(|_| loop {})),
        None if never => Some(parse_quote!(|_| loop {})),
        None => None,
    };

    let keep_async = is_async && (place.keep_async || item.attrs.iter().any(interplay::is_foreign));
    let send = options.send.is_some() && !(has_body && place.block == Some(BlockKind::Impl));
    let keep_async = keep_async && (has_body || !send);
    // Where clippy and rustdoc would judge the real form, they see what the user wrote.
    let readable = (!send && place.purpose == Purpose::Reading).then(|| item.sig.clone());
    let has_another = match source {
        // What the body may change, and what is judged, is the narrowed one.
        Source::Param(_) if options.timeout.is_some() => true,
        // What is captured takes no reference to what is within the body.
        Source::Param(CtxParam::Borrowed) => is_async && ctx_mutable.is_some(),
        _ => false,
    };
    let ctx_attrs = match has_another && has_body {
        true => captures::take_over(&mut item.sig, &ctx),
        false => Vec::new(),
    };
    let mut written_output = None;
    // What is read has the lifetimes that the user wrote.
    if is_async && !keep_async && readable.is_none() {
        written_output = lifetimes::name_those_of_async(&mut item.sig, has_body);
    }
    let ends = expand::ends_of_output(&item.sig.output);
    let resolved = match (&item.sig.output, is_async) {
        (ReturnType::Default, _) => quote!(()),
        _ if never => returns::never(&private, expand::ours(ends).0),
        (ReturnType::Type(_, ty), true) => returns::nameable(ty),
        (ReturnType::Type(_, ty), false) => returns::nameable(&returns::resolved(ty)),
    };
    let captures = match (&shape, &item.body) {
        (Shape::Async | Shape::Delegating(_), Some(body)) => {
            let name = matches!(source, Source::Param(_)).then_some(&ctx);
            let code = OnceCell::new();
            let is_assigned =
                |ident: &Ident| (code.get_or_init(|| Code::from(body.clone()))).assigns(ident);
            let rename = !(place.keep_async || item.attrs.iter().any(interplay::sees_names));
            let bound = (readable.is_none() && rename).then(|| patterns::bindings(&item.sig));
            let captures = captures::captures(&mut item.sig, name, rename, &is_assigned);
            if let Some(mut bound) = bound {
                // Where a pattern binds the context, that has been reported.
                let injected = source == Source::Param(CtxParam::Injected);
                bound.retain(|(_, name)| !(injected && *name == ctx));
                patterns::refuse_twice(&bound, &item.sig, errors);
            }
            let is_copied = match source {
                Source::Param(CtxParam::Injected | CtxParam::Borrowed) => true,
                // The narrowed one takes its place.
                Source::Param(CtxParam::Owned) => options.timeout.is_some(),
                Source::Current => false,
            };
            captures
                .into_iter()
                .filter(|capture| !(is_copied && Some(&capture.ident) == name))
                .collect()
        }
        _ => Vec::new(),
    };
    Ok(Model {
        readable,
        private,
        shape,
        keep_async,
        ctx,
        source,
        ctx_mutable,
        ctx_attrs,
        captures,
        values,
        or,
        timeout: options.timeout.map(|(_, limit)| limit).filter(|_| has_body),
        grace: options.grace.map(|(_, limit)| limit).filter(|_| has_body),
        written_output,
        resolved,
        ends,
        never,
        send,
        item,
    })
}

/// Whether the context is `Ctx::current()`. Under a test or main attribute it is, whatever was written: one error is enough.
fn asks_current(item: &FnItem, options: &Options, errors: &mut Errors) -> bool {
    let harness = item.attrs.iter().find(|attr| interplay::is_harness(attr));
    match (options.current, harness) {
        (Some(_), _) => true,
        (None, Some(harness)) => {
            let what = interplay::last_name(harness);
            errors.on(
                harness,
                format_args!("a {what} has no caller; write `#[cancellable(current)]`"),
            );
            true
        }
        (None, None) => false,
    }
}

/// Finds or adds the context parameter.
fn context(
    item: &mut FnItem,
    options: &Options,
    private: &Private,
    current: bool,
    values: &[Value],
    shape: &Shape,
    errors: &mut Errors,
) -> (Ident, Source, Option<Token![mut]>) {
    let mut name = options.ctx.clone().unwrap_or_else(|| {
        let span = item
            .body
            .as_ref()
            .map_or_else(Span::call_site, |body| match shape {
                Shape::Tail(tail) => tail.block.span_open(),
                _ => body.span_open(),
            });
        Ident::new("ctx", span)
    });
    if let Some(value) = values.iter().find(|value| params::binds(&value.pat, &name)) {
        errors.on(&value.pat, format_args!("`{name}` is the context here; give the value another name, or the context: `ctx = cx`"));
        // The body means the value: let that be the only error.
        name = unnamed();
    }
    if current {
        let is_it = |argument: &&PatType| params::binds(&argument.pat, &name);
        if let Some(declared) = params::arguments(&item.sig).find(is_it)
            && item.body.is_some()
        {
            errors.on(&declared.pat, "with `current` the context is no parameter; drop this one or `current`, or give the context another name: `ctx = cx`");
            // The body means the parameter: let that be the only error.
            name = unnamed();
        }
        return (name, Source::Current, None);
    }
    if let Some(declared) = params::find_declared(&item.sig, &name, options.ctx.is_some(), errors) {
        let plain = match params::peel(&declared.ty) {
            Type::Reference(reference) if declared.kind == CtxParam::Borrowed => {
                params::is_named(&reference.elem, "Ctx")
            }
            ty => params::is_named(ty, "Ctx"),
        };
        if let (Some((at, _)), false) = (&options.timeout, plain) {
            errors.at(
                *at,
                format_args!("`timeout` puts a narrower context in the place of `{name}`: declare it as `&Ctx` or `Ctx`"),
            );
        }
        return (
            declared.ident,
            Source::Param(declared.kind),
            declared.mutable,
        );
    }
    let source = inject(&mut item.sig, &name, private, values, shape, errors);
    (name, source, None)
}

/// The context's name where it has none. Its span is not that of the names that only the expansion sees: of them, one is
/// called as the context is.
fn unnamed() -> Ident {
    Ident::new("__ctx_unnamed", Span::call_site())
}

/// Adds `ctx: &Ctx` behind the receiver, with a lifetime that leaves the others what they were. Where there can be no
/// such parameter, that is reported, and the body gets its `ctx` otherwise.
fn inject(
    sig: &mut Signature,
    name: &Ident,
    private: &Private,
    values: &[Value],
    shape: &Shape,
    errors: &mut Errors,
) -> Source {
    let is_async = matches!(shape, Shape::Async);
    let mut lifetime = match &sig.output {
        _ if interplay::is_rewritten(sig) => Some(interplay::declare_ctx_lifetime(sig)),
        ReturnType::Type(_, ty) if !is_async => match returns::bound_of(ty) {
            Ok(None) => None,
            Ok(Some(bound)) if bound.ident == "_" => Some(lifetimes::name_all(sig)),
            Ok(Some(bound)) => Some(bound),
            Err(()) => {
                errors.on(ty, "this future is `'static` and cannot hold a borrowed context; declare `ctx: Ctx`, or write `current`");
                return Source::Current;
            }
        },
        _ => written_on_values(sig, values),
    };
    let is_open = lifetime.is_none() || interplay::is_rewritten(sig);
    if is_open && !params::receiver_has_lifetime(sig) {
        let named = lifetimes::name_elided_output(sig);
        if errors.ok(named).is_none() {
            lifetime = Some(lifetimes::name_all(sig));
        }
    }
    // Nobody looks into the type, so nobody has to parse it.
    let ctx = FnArg::Typed(PatType {
        attrs: Vec::new(),
        pat: Box::new(Pat::Ident(PatIdent {
            attrs: Vec::new(),
            by_ref: None,
            mutability: None,
            ident: name.clone(),
            subpat: None,
        })),
        colon_token: Token![:](Span::call_site()),
        ty: Box::new(Type::Verbatim(quote!(& #lifetime #private::Ctx))),
    });
    params::insert_first(sig, ctx);
    Source::Param(CtxParam::Injected)
}

/// The declared lifetime that `#[value]` parameters are borrowed for, which is the context's then.
fn written_on_values(sig: &Signature, values: &[Value]) -> Option<Lifetime> {
    let mut found = None;
    for value in values {
        lifetimes::each(&mut value.ty.clone(), &mut |place| {
            if let lifetimes::Place::Written(lifetime) = place {
                let declared = sig
                    .generics
                    .lifetimes()
                    .any(|param| param.lifetime == *lifetime);
                found = found.take().or_else(|| declared.then(|| lifetime.clone()));
            }
        });
    }
    found
}
