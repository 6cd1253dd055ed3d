//! Return types: borrowed, opaque, diverging, one's own.

use std::borrow::Cow;
use std::fmt::Display;

use ctx_core::Ctx;

use crate::support::{Log, Noisy, Outcome, compare, pause, twins};

twins! {
    pub(super) async fn borrowed<'a>(ctx: &Ctx, text: &'a str, _a: Noisy) -> Outcome<&'a str> {
        ctx.check()?;
        pause().await;
        Ok(text.trim())
    }

    pub(super) async fn of_two<'a, 'b: 'a>(ctx: &Ctx, a: &'a str, b: &'b str) -> Outcome<(&'a str, &'b str)> {
        ctx.check()?;
        pause().await;
        Ok((a, b))
    }

    pub(super) async fn hidden<'a>(ctx: &Ctx, text: Cow<'a, str>) -> Outcome<Cow<'a, str>> {
        ctx.check()?;
        pause().await;
        Ok(text)
    }

    pub(super) async fn changed<'a>(ctx: &Ctx, list: &'a mut Vec<u8>) -> Outcome<&'a mut u8> {
        ctx.check()?;
        pause().await;
        list.push(1);
        Ok(list.last_mut().unwrap())
    }

    pub(super) async fn opaque(ctx: &Ctx, n: u8, a: Noisy) -> Outcome<impl Display + PartialEq + std::fmt::Debug> {
        ctx.check()?;
        pause().await;
        drop(a);
        Ok(u32::from(n))
    }

    pub(super) async fn boxed(ctx: &Ctx, fail: bool) -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
        ctx.check()?;
        pause().await;
        if fail {
            return Err("no".into());
        }
        Ok("7".parse()?)
    }

    pub(super) async fn of_a_fn(ctx: &Ctx, by: fn(&str) -> &str) -> Outcome<fn(&str) -> &str> {
        ctx.check()?;
        pause().await;
        Ok(by)
    }

    pub(super) async fn array<const N: usize>(ctx: &Ctx, a: [Noisy; N]) -> Outcome<[usize; N]> {
        ctx.check()?;
        pause().await;
        Ok(a.each_ref().map(|noisy| noisy.name.len()))
    }

    pub(super) async fn unit(ctx: &Ctx, a: Noisy) {
        if ctx.is_done() {
            return;
        }
        pause().await;
        a.log.say("end");
    }
}

#[test]
fn borrowed_results() {
    let text = String::from(" text ");
    compare!(|ctx, log| twin::borrowed(ctx, &text, log.noisy("a")));
    compare!(|ctx, _log| twin::of_two(ctx, &text, "b"));
    compare!(|ctx, _log| twin::hidden(ctx, Cow::Borrowed(&text)));
    compare!(|ctx, _log| async { twin::changed(ctx, &mut vec![]).await.copied_out() });
}

trait CopiedOut<T> {
    fn copied_out(self) -> Outcome<T>;
}

impl<T: Copy> CopiedOut<T> for Outcome<&mut T> {
    fn copied_out(self) -> Outcome<T> {
        self.map(|value| *value)
    }
}

#[test]
fn opaque_results() {
    compare!(|ctx, log| async {
        twin::opaque(ctx, 3, log.noisy("a"))
            .await
            .map(|shown| shown.to_string())
    });
}

#[test]
fn results_of_other_types() {
    compare!(|ctx, log| twin::array(ctx, [log.noisy("a"), log.noisy("bc")]));
    compare!(|ctx, _log| async { twin::of_a_fn(ctx, |text| text).await.map(|by| by("x")) });
    for fail in [false, true] {
        let ctx = Ctx::background();
        let expected =
            crate::support::finish(plain::boxed(&ctx, fail)).map_err(|err| err.to_string());
        let found =
            crate::support::finish(annotated::boxed(&ctx, fail)).map_err(|err| err.to_string());
        assert_eq!(expected, found);
    }
}

#[test]
fn no_result() {
    let log = Log::default();
    let (ctx, cancel) = Ctx::background().with_cancel();
    crate::support::finish(plain::unit(&ctx, log.noisy("a")));
    let expected = log.take();
    crate::support::finish(annotated::unit(&ctx, log.noisy("a")));
    assert_eq!(expected, log.take());
    let mut cut = tokio_test::task::spawn(annotated::unit(&ctx, log.noisy("a")));
    assert!(cut.poll().is_pending());
    cancel.cancel();
    assert!(cut.poll().is_ready());
    assert_eq!(log.take(), ["drop a"]);
}
