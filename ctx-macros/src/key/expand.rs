//! What a declared key becomes.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::{Key, derives};

impl Key {
    /// The struct and its impls.
    pub(super) fn expand(&self, krate: &TokenStream) -> TokenStream {
        let Key {
            attrs,
            vis,
            struct_token,
            name,
            field_attrs,
            field_vis,
            ty,
            semi,
            ..
        } = self;
        // What the compiler says of the impls is said of the key.
        let at = Span::call_site().located_at(name.span());
        let private = quote_spanned!(at=> #krate::__private);
        // What the impls have of them: they are there when the struct is, and may name it when nobody should.
        let shared: TokenStream = (attrs.iter())
            .filter_map(|attr| match attr.path().get_ident()?.to_string().as_str() {
                "cfg" => Some(quote!(#attr)),
                "deprecated" => Some(quote_spanned!(at=> #[allow(deprecated)])),
                _ => None,
            })
            .collect();
        let text = name.to_string();
        let text = text.strip_prefix("r#").unwrap_or(&text);

        let debug_body = if self.secret {
            let text = format!("{text}(<secret>)");
            quote_spanned!(at=> f.write_str(#text))
        } else {
            quote_spanned! {at=>
                use #private::{ShowNothing as _, ShowValue as _};
                (&#private::Show(&self.0)).show(#text, f)
            }
        };
        let debug = self.debug_guard().map(|guard| {
            quote_spanned! {at=>
                #shared
                #guard
                impl #private::core::fmt::Debug for #name {
                    fn fmt(&self, f: &mut #private::core::fmt::Formatter<'_>) -> #private::core::fmt::Result {
                        #debug_body
                    }
                }
            }
        });
        let deref = (!self.secret).then(|| {
            quote_spanned! {at=>
                #shared
                impl #private::core::ops::Deref for #name {
                    type Target = #ty;

                    fn deref(&self) -> &Self::Target {
                        &self.0
                    }
                }
            }
        });
        // The user may have a type of that name.
        let str = quote_spanned!(at=> #private::core::primitive::str);
        let secret = self.secret.then(|| {
            quote_spanned!(at=>
                const SECRET: #private::core::primitive::bool = true;
            )
        });
        let default = self.default.as_ref().map(|default| {
            quote_spanned! {at=>
                fn fallback() -> #private::core::option::Option<&'static Self> {
                    static FALLBACK: #private::OnceLock<#name> = #private::OnceLock::new();
                    #private::core::option::Option::Some(FALLBACK.get_or_init(|| #name(#default)))
                }
            }
        });
        let header = self.header.as_ref().map(|header| {
            quote_spanned! {at=>
                const HEADER: #private::core::option::Option<&'static #str> = #private::core::option::Option::Some(#header);

                fn to_header(&self) -> #private::core::option::Option<#private::String> {
                    #private::core::option::Option::Some(#private::crossing::<#ty>().0(&self.0))
                }

                fn from_header(text: &#str) -> #private::core::option::Option<Self> {
                    #private::crossing::<#ty>().1(text).map(#name)
                }
            }
        });
        let key = quote_spanned! {at=>
            #shared
            impl #private::Key for #name {
                const NAME: &'static #str = #text;
                #secret
                #default
                #header

                fn debug(&self, f: &mut #private::core::fmt::Formatter<'_>) -> #private::core::fmt::Result {
                    #private::core::fmt::Debug::fmt(self, f)
                }
            }
        };
        quote! {
            #(#attrs)*
            #vis #struct_token #name(#(#field_attrs)* #field_vis #ty) #semi

            #key
            #deref
            #debug
        }
    }

    /// Where our `Debug` stands: `None` where the user derives it, a `cfg` where the user does so by `cfg_attr`.
    fn debug_guard(&self) -> Option<TokenStream> {
        let mut guard = TokenStream::new();
        for attr in self
            .attrs
            .iter()
            .filter(|attr| derives::find_debug(attr).is_some())
        {
            match derives::cfg_attr_predicate(attr) {
                Some(predicate) => guard.extend(quote!(#[cfg(not(#predicate))])),
                None => return None,
            }
        }
        Some(guard)
    }
}
