ctx_key! {
    /// Address of the end user.
    pub struct UserIp(pub IpAddr);

    #[key(default = String::from("en"), header = "accept-language")]
    #[derive(Clone)]
    pub struct Lang(pub String);

    #[key(secret)]
    struct AuthToken(String);
}
