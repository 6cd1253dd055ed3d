//! What lints and rustdoc see of an annotated function.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, Expr, parse_quote};

use crate::expand::duration;
use crate::item::regroup;
use crate::model::{Model, Source};
use crate::options::Limit;
use crate::params::CtxParam;
use crate::returns::Shape;

/// The `async fn` that the user wrote, with its context, for clippy and rustdoc: no body of it is ever run.
///
/// Clippy judges `async fn`s (`unused_async`, `missing_errors_doc`, ..) and not their expansion, and
/// `-> Result<Page, Error>` reads better than `-> impl Future<Output = ..>`.
pub(crate) fn readable_twin(model: &Model) -> TokenStream {
    let (attrs, vis, defaultness) = (&model.item.attrs, &model.item.vis, &model.item.defaultness);
    let attrs = documented(model, attrs);
    let (sig, semi) = (&model.readable, &model.item.semi);
    let body = model
        .item
        .body
        .as_ref()
        .map(|body| readable_body(model, body));
    // One parameter more than the user wrote: the lint's bound is seven.
    let too_many = (sig.inputs.len() == 8 && model.source == Source::Param(CtxParam::Injected))
        .then(|| quote!(#[allow(clippy::too_many_arguments)]));
    quote! {
        #[cfg(any(clippy, doc))]
        #[allow(async_fn_in_trait)]
        #too_many
        #(#attrs)* #vis #defaultness #sig #body #semi
    }
}

/// The user's body, behind whatever makes the names that it uses known and the names in the attribute used.
fn readable_body(model: &Model, body: &Group) -> Group {
    let (private, ctx) = (&model.private, &model.ctx);
    let mut prologue = match model.source {
        Source::Current => quote!(let #ctx: &#private::Ctx = #private::unbound(); let _ = #ctx;),
        Source::Param(CtxParam::Injected) => quote!(let _ = #ctx;),
        Source::Param(_) => TokenStream::new(),
    };
    for value in &model.values {
        let (attrs, pat, ty) = (&value.attrs, &value.pat, &value.ty);
        prologue.extend(quote!(#(#attrs)* let #pat: #ty = #private::unbound();));
    }
    for limit in [&model.timeout, &model.grace].into_iter().flatten() {
        let limit = duration(model, limit);
        prologue.extend(quote!(let _ = #limit;));
    }
    if let (Some(or), false) = (&model.or, model.never) {
        let resolved = &model.resolved;
        let or = closure_of(or);
        prologue.extend(quote!(let _ = #private::hint::<#resolved>().or(#or);));
    }
    prologue.extend(body.stream());
    regroup(body, prologue)
}

/// `or` as a closure that takes the error.
pub(crate) fn closure_of(or: &Expr) -> TokenStream {
    match or {
        Expr::Closure(closure) => quote!(#closure),
        value => quote!(|_| #value),
    }
}

/// Whether clippy and rustdoc see the readable twin in place of the real form.
pub(crate) fn has_twin(model: &Model) -> bool {
    matches!(model.shape, Shape::Async) && !model.keep_async && !model.send
}

/// The user's attributes; a function that has docs says at their end that it can be cut off.
pub(crate) fn documented(model: &Model, attrs: &[Attribute]) -> Vec<Attribute> {
    let mut attrs = attrs.to_vec();
    let last = attrs.iter().rposition(|attr| attr.path().is_ident("doc"));
    if let Some(last) = last {
        let context = match model.source {
            Source::Current => "the current context".to_owned(),
            Source::Param(_) => format!("`{}`", model.ctx),
        };
        let after = match &model.timeout {
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

/// For each parameter that the body never names, a binding that `unused_variables` will find in its place: the
/// parameter itself is captured, and counts as used.
pub(crate) fn unused(model: &Model, body: &Group) -> TokenStream {
    let mut out = TokenStream::new();
    let mut words = None;
    for capture in &model.captures {
        let name = capture.ident.to_string();
        if capture.pattern.is_some() || capture.mutable || name.starts_with('_') || name == "self" {
            continue;
        }
        let words = words.get_or_insert_with(|| Words::of(model, body));
        if !words.contain(&name) {
            let (attrs, ident) = (&capture.attrs, &capture.ident);
            out.extend(quote!(#(#attrs)* if false { let #ident = (); }));
        }
    }
    out
}

/// Every word that might name a parameter.
struct Words {
    idents: std::collections::HashSet<String>,
    literals: Vec<String>,
}

impl Words {
    fn of(model: &Model, body: &Group) -> Words {
        let mut words = Words {
            idents: std::collections::HashSet::new(),
            literals: Vec::new(),
        };
        words.collect(body.stream());
        for limit in [&model.timeout, &model.grace].into_iter().flatten() {
            if let Limit::Computed(expr) = limit {
                words.collect(quote!(#expr));
            }
        }
        words
    }

    fn collect(&mut self, tokens: TokenStream) {
        for tree in tokens {
            match tree {
                TokenTree::Ident(ident) => drop(self.idents.insert(ident.to_string())),
                TokenTree::Literal(literal) => self.literals.push(literal.to_string()),
                TokenTree::Group(group) => self.collect(group.stream()),
                TokenTree::Punct(_) => {}
            }
        }
    }

    fn contain(&self, name: &str) -> bool {
        self.idents.contains(name) || self.literals.iter().any(|literal| literal.contains(name))
    }
}
