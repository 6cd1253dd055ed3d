//! `#[ctx_core::main]` and `#[ctx_core::test]`: thin shells over a function of the runtime.
//!
//! ```text
//! async fn main(ctx: &Ctx) -> Result<(), Error> { BODY }
//!
//! fn main() -> ExitCode {
//!     run_main(grace, |own: Ctx| async move {
//!         if false { return never::<Result<(), Error>>(); }
//!         let ctx: &Ctx = &own;
//!         { BODY }
//!     })
//! }
//! ```

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{FnArg, Pat, PatType, ReturnType, Signature};

use crate::errors::Errors;
use crate::expand::{call_at, ends_of_output, local, typed};
use crate::item::{FnItem, Item, behind, enclose};
use crate::options::{Limit, Options};
use crate::params::{self, CtxParam, Declared};
use crate::returns;

/// Which of the two.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Entry {
    Main,
    Test,
}

impl Entry {
    fn name(self) -> &'static str {
        match self {
            Entry::Main => "main",
            Entry::Test => "test",
        }
    }

    /// Expands the fn, or reports what is wrong and leaves it as it is.
    pub(crate) fn expand(self, options: TokenStream, item: TokenStream) -> TokenStream {
        let mut errors = Errors::default();
        let options = Options::parse(options, &mut errors);
        self.check_options(&options, &mut errors);
        let expanded = match errors.ok(Item::parse(item.clone())) {
            Some(Item::Fn(item)) => self.function(*item, &options, &mut errors),
            Some(_) => {
                errors.on(
                    item.clone(),
                    format_args!("`#[ctx_core::{}]` goes on an `async fn`", self.name()),
                );
                item
            }
            None => item,
        };
        let errors = errors.into_tokens();
        quote!(#expanded #errors)
    }

    fn check_options(self, options: &Options, errors: &mut Errors) {
        let refused = [
            ("or", options.or.as_ref().map(|or| or.0)),
            ("timeout", options.timeout.as_ref().map(|limit| limit.0)),
            (
                "grace",
                options
                    .grace
                    .as_ref()
                    .map(|limit| limit.0)
                    .filter(|_| self == Entry::Test),
            ),
            ("current", options.current),
            ("send", options.send),
            ("skip", options.skip),
        ];
        let takes = match self {
            Entry::Main => "`grace`, `ctx` and `crate`",
            Entry::Test => "`ctx` and `crate`",
        };
        for (name, at) in refused {
            if let Some(at) = at {
                errors.at(
                    at,
                    format_args!(
                        "`#[ctx_core::{}]` takes {takes}; `{name}` belongs to `#[cancellable]`",
                        self.name()
                    ),
                );
            }
        }
    }

    fn function(self, item: FnItem, options: &Options, errors: &mut Errors) -> TokenStream {
        let (Some(_), Some(body)) = (&item.sig.asyncness, &item.body) else {
            errors.on(
                item.sig.fn_token,
                format_args!(
                    "`#[ctx_core::{}]` needs an `async fn` with a body",
                    self.name()
                ),
            );
            return item.to_token_stream();
        };
        let private = options.private();
        let name = options
            .ctx
            .clone()
            .unwrap_or_else(|| Ident::new("ctx", body.span_open()));
        let parameter = self.parameter(&item.sig, &name, errors);

        let own = local("own");
        let resolved = match &item.sig.output {
            ReturnType::Default => quote!(()),
            ReturnType::Type(_, ty) => returns::nameable(ty),
        };
        let is_never = returns::is_never(&item.sig.output);
        let typed =
            (!is_never).then(|| typed(&private, ends_of_output(&item.sig.output), &resolved));
        let (bound, named) = match parameter {
            Some(declared) if declared.kind == CtxParam::Owned => {
                let (mutable, ident, ty) = (declared.mutable, declared.ident, declared.ty);
                (quote!(#mutable #ident: #ty), TokenStream::new())
            }
            declared => {
                let ty = declared.map_or_else(
                    || quote!(&#private::Ctx),
                    |declared| declared.ty.to_token_stream(),
                );
                (
                    quote!(#own: #private::Ctx),
                    quote!(let #name: #ty = &#own; let _ = #name;),
                )
            }
        };
        let block = behind(quote!(#typed #named), body, false);
        let future = quote!(|#bound| async move #block);
        let (marker, run, output) = match self {
            Entry::Main => {
                let grace = match options.grace.as_ref().map(|(_, limit)| limit) {
                    None => quote!(#private::Duration::ZERO),
                    Some(Limit::Literal(duration, _)) => {
                        let (secs, nanos) = (duration.as_secs(), duration.subsec_nanos());
                        quote!(#private::Duration::new(#secs, #nanos))
                    }
                    Some(Limit::Computed(expr)) => quote!(#private::duration(|| #expr)),
                };
                (
                    None,
                    call_at(
                        &item.sig.output,
                        quote!(#private::run_main),
                        quote!(#grace, #future),
                    ),
                    quote!(-> #private::ExitCode),
                )
            }
            Entry::Test => {
                let marker = quote!(#[#private::core::prelude::v1::test]);
                (
                    Some(marker),
                    call_at(&item.sig.output, quote!(#private::run_test), future),
                    item.sig.output.to_token_stream(),
                )
            }
        };
        let FnItem { attrs, vis, .. } = &item;
        let (ident, generics) = (&item.sig.ident, &item.sig.generics);
        let body = enclose(body, run);
        quote!(#marker #(#attrs)* #vis fn #ident #generics() #output #body)
    }

    /// The only parameter that there may be.
    fn parameter(self, sig: &Signature, name: &Ident, errors: &mut Errors) -> Option<Declared> {
        let declared = params::find_declared(sig, name, false, errors);
        for input in &sig.inputs {
            let is_ctx = match (input, &declared) {
                (FnArg::Typed(PatType { pat, .. }), Some(declared)) => {
                    matches!(&**pat, Pat::Ident(pat) if pat.ident == declared.ident)
                }
                _ => false,
            };
            if !is_ctx {
                errors.on(
                    input,
                    format_args!("a {} is called by nobody who could pass this; its only parameter is `{name}: &Ctx`", self.name()),
                );
            }
        }
        declared
    }
}
