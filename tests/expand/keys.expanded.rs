#[doc = " Address of the end user."]
pub struct UserIp(pub IpAddr);
impl ::ctx_core::__private::Key for UserIp {
    const NAME: &'static ::ctx_core::__private::core::primitive::str = "UserIp";
    fn debug(
        &self,
        f: &mut ::ctx_core::__private::core::fmt::Formatter<'_>,
    ) -> ::ctx_core::__private::core::fmt::Result {
        ::ctx_core::__private::core::fmt::Debug::fmt(self, f)
    }
}
impl ::ctx_core::__private::core::ops::Deref for UserIp {
    type Target = IpAddr;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
impl ::ctx_core::__private::core::fmt::Debug for UserIp {
    fn fmt(
        &self,
        f: &mut ::ctx_core::__private::core::fmt::Formatter<'_>,
    ) -> ::ctx_core::__private::core::fmt::Result {
        use ::ctx_core::__private::{ShowNothing as _, ShowValue as _};
        (&::ctx_core::__private::Show(&self.0)).show("UserIp", f)
    }
}
#[derive(Clone)]
pub struct Lang(pub String);
impl ::ctx_core::__private::Key for Lang {
    const NAME: &'static ::ctx_core::__private::core::primitive::str = "Lang";
    fn fallback() -> ::ctx_core::__private::core::option::Option<&'static Self> {
        static FALLBACK: ::ctx_core::__private::OnceLock<Lang> =
            ::ctx_core::__private::OnceLock::new();
        ::ctx_core::__private::core::option::Option::Some(
            FALLBACK.get_or_init(|| Lang(String::from("en"))),
        )
    }
    const HEADER: ::ctx_core::__private::core::option::Option<
        &'static ::ctx_core::__private::core::primitive::str,
    > = ::ctx_core::__private::core::option::Option::Some("accept-language");
    fn to_header(
        &self,
    ) -> ::ctx_core::__private::core::option::Option<::ctx_core::__private::String> {
        ::ctx_core::__private::core::option::Option::Some(
            ::ctx_core::__private::crossing::<String>().0(&self.0),
        )
    }
    fn from_header(
        text: &::ctx_core::__private::core::primitive::str,
    ) -> ::ctx_core::__private::core::option::Option<Self> {
        ::ctx_core::__private::crossing::<String>().1(text).map(Lang)
    }
    fn debug(
        &self,
        f: &mut ::ctx_core::__private::core::fmt::Formatter<'_>,
    ) -> ::ctx_core::__private::core::fmt::Result {
        ::ctx_core::__private::core::fmt::Debug::fmt(self, f)
    }
}
impl ::ctx_core::__private::core::ops::Deref for Lang {
    type Target = String;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
impl ::ctx_core::__private::core::fmt::Debug for Lang {
    fn fmt(
        &self,
        f: &mut ::ctx_core::__private::core::fmt::Formatter<'_>,
    ) -> ::ctx_core::__private::core::fmt::Result {
        use ::ctx_core::__private::{ShowNothing as _, ShowValue as _};
        (&::ctx_core::__private::Show(&self.0)).show("Lang", f)
    }
}
struct AuthToken(String);
impl ::ctx_core::__private::Key for AuthToken {
    const NAME: &'static ::ctx_core::__private::core::primitive::str = "AuthToken";
    const SECRET: ::ctx_core::__private::core::primitive::bool = true;
    fn debug(
        &self,
        f: &mut ::ctx_core::__private::core::fmt::Formatter<'_>,
    ) -> ::ctx_core::__private::core::fmt::Result {
        ::ctx_core::__private::core::fmt::Debug::fmt(self, f)
    }
}
impl ::ctx_core::__private::core::fmt::Debug for AuthToken {
    fn fmt(
        &self,
        f: &mut ::ctx_core::__private::core::fmt::Formatter<'_>,
    ) -> ::ctx_core::__private::core::fmt::Result {
        f.write_str("AuthToken(<secret>)")
    }
}
