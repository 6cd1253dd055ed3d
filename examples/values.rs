//! Carries facts about a request through functions that do not care about them.
//!
//! `cargo run --example values`

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use ctx_core::{Ctx, Error, cancellable, ctx_key};
use tokio::time::sleep;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Language {
    English,
    Norwegian,
}

ctx_key! {
    /// The address that the request came from.
    #[derive(Clone, Copy)]
    struct UserIp(IpAddr);

    /// The language of the answer.
    #[key(default = Language::English)]
    struct Lang(Language);

    /// What the user is known by. Never printed.
    #[key(secret)]
    struct Token(String);
}

/// `#[value]` parameters come from the context; the caller does not pass them. A required one that is missing ends the
/// call before the body starts.
#[cancellable]
async fn greet(
    #[value] UserIp(ip): &UserIp,
    #[value] lang: &Lang,
    name: &str,
) -> Result<String, Error> {
    let place = locate(ctx, *ip).await?;
    Ok(match **lang {
        Language::English => format!("Hello {name} from {place}"),
        Language::Norwegian => format!("Hei {name} fra {place}"),
    })
}

/// The same by hand.
async fn greet_by_hand(ctx: &Ctx, name: &str) -> Result<String, Error> {
    ctx.check()?;
    let UserIp(ip) = ctx.get::<UserIp>()?;
    let lang = ctx.get::<Lang>()?;
    ctx.run(async {
        let place = locate(ctx, *ip).await?;
        Ok(match **lang {
            Language::English => format!("Hello {name} from {place}"),
            Language::Norwegian => format!("Hei {name} fra {place}"),
        })
    })
    .await?
}

/// An optional value is an `Option`.
#[cancellable]
async fn locate(#[value] token: Option<&Token>, ip: IpAddr) -> Result<String, Error> {
    // As if somebody had to be asked.
    sleep(Duration::from_millis(1)).await;
    Ok(match token {
        Some(token) if token.0 == "open sesame" => "the cave".to_owned(),
        _ => ip.to_string(),
    })
}

/// Knows nothing of values, and they pass through it all the same.
#[cancellable]
async fn welcome(name: &str) -> Result<String, Error> {
    greet(ctx, name).await
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let home = UserIp(Ipv4Addr::LOCALHOST.into());
    let ctx = Ctx::background().with_value(home);
    assert_eq!(welcome(&ctx, "Kari").await?, "Hello Kari from 127.0.0.1");
    assert_eq!(
        greet_by_hand(&ctx, "Kari").await?,
        "Hello Kari from 127.0.0.1"
    );

    // The nearest value counts. The parent is as it was.
    let norwegian = ctx.with_value(Lang(Language::Norwegian));
    assert_eq!(welcome(&norwegian, "Kari").await?, "Hei Kari fra 127.0.0.1");
    assert_eq!(**ctx.get::<Lang>()?, Language::English);

    let error = welcome(&Ctx::background(), "Nemo").await.unwrap_err();
    assert!(error.is_missing_value());
    assert_eq!(error.to_string(), "missing context value `UserIp`");

    let known = ctx.with_value(Token("open sesame".into()));
    assert_eq!(welcome(&known, "Ali").await?, "Hello Ali from the cave");
    let printed = format!("{known:?}");
    assert!(!printed.contains("sesame"), "a secret shows in {printed}");
    Ok(())
}
