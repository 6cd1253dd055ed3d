//! Bodies: recursion, loops with labels, early ends, nested items, blocks and fns; and what stands around them.

use std::fmt::Display;

use ctx_core::Ctx;

use crate::support::{Log, Noisy, Outcome, compare, pause, twins};

twins! {
    pub(super) async fn recursive(ctx: &Ctx, depth: u8, log: Log, a: Noisy) -> Outcome<u8> {
        ctx.check()?;
        log.say(depth);
        let _local = log.noisy("local");
        if depth == 0 {
            pause().await;
            return Ok(1);
        }
        let below = Box::pin(recursive(ctx, depth - 1, log.clone(), log.noisy("below"))).await?;
        log.say(a.name);
        Ok(below + 1)
    }

    pub(super) async fn one_half(ctx: &Ctx, n: u8, a: Noisy) -> Outcome<bool> {
        ctx.check()?;
        match n {
            0 => pause().await,
            _ => return Box::pin(other_half(ctx, n - 1, a)).await,
        }
        Ok(true)
    }

    pub(super) async fn other_half(ctx: &Ctx, n: u8, a: Noisy) -> Outcome<bool> {
        let inner = a.log.noisy("inner");
        match n {
            0 => pause().await,
            _ => return Box::pin(one_half(ctx, n - 1, inner)).await,
        }
        Ok(false)
    }

    pub(super) async fn labels(ctx: &Ctx, log: Log, a: Noisy) -> Outcome<(u8, &'static str)> {
        ctx.check()?;
        let mut n = 0;
        let found = 'found: {
            'outer: loop {
                let _outer = log.noisy("outer");
                for step in 0.. {
                    let _inner = log.noisy("inner");
                    n += 1;
                    match (n, step) {
                        (1, _) => continue 'outer,
                        (2, _) => continue,
                        (3, _) => pause().await,
                        (4, _) => break 'outer,
                        (_, 9) => break 'found "never",
                        _ => {}
                    }
                }
            }
            let by_value = 'value: loop {
                while n < 9 {
                    n += 1;
                    if n == 7 {
                        break 'value a.name;
                    }
                }
            };
            if n == 7 {
                break 'found by_value;
            }
            "fell through"
        };
        Ok((n, found))
    }

    pub(super) async fn early(ctx: &Ctx, at: u8, a: Noisy, b: Noisy) -> Outcome<u8> {
        ctx.check()?;
        let _first = a.log.noisy("first");
        if at == 0 {
            pause().await;
            return Ok(0);
        }
        let _second = a.log.noisy("second");
        let moved = match at {
            1 => {
                pause().await;
                return Ok(1);
            }
            2 => b,
            _ => {
                drop(b);
                a.log.noisy("another")
            }
        };
        pause().await;
        let Some(left) = at.checked_sub(3) else {
            return Ok(2);
        };
        drop(moved);
        Ok(left)
    }

    pub(super) async fn question_marks(ctx: &Ctx, text: &str, a: Noisy) -> Outcome<Option<u8>> {
        ctx.check()?;
        let parse = |text: &str| -> Result<u8, std::num::ParseIntError> {
            let _in_closure = a.log.noisy("in closure");
            let n: u8 = text.parse()?;
            Ok(n)
        };
        let half = |n: u8| {
            let half = n.checked_sub(1)?;
            Some(half / 2)
        };
        let n = {
            let _in_block = a.log.noisy("in block");
            ctx.check()?;
            pause().await;
            async {
                let _in_async = a.log.noisy("in async");
                let n = parse(text)?;
                pause().await;
                Ok::<_, std::num::ParseIntError>(n)
            }
            .await
        };
        let Ok(n) = n else {
            return Ok(None);
        };
        Ok(half(n))
    }

    pub(super) async fn items(ctx: &Ctx, log: Log, a: Noisy) -> Outcome<usize> {
        use std::cmp::max as larger;
        const LIMIT: usize = 3;
        static NAMES: [&str; 2] = ["x", "yz"];
        struct Holder<T>(T, Log);
        impl<T: AsRef<str>> Holder<T> {
            fn len(&self) -> usize {
                twice(self.0.as_ref().len())
            }
        }
        impl<T> Drop for Holder<T> {
            fn drop(&mut self) {
                self.1.say("drop holder");
            }
        }
        enum Step {
            One,
            Two(usize),
        }
        fn twice(n: usize) -> usize {
            n * 2
        }
        macro_rules! step {
            ($n:expr) => {
                match $n {
                    1 => Step::One,
                    n => Step::Two(n),
                }
            };
        }
        ctx.check()?;
        let holder = Holder(a.name, log.clone());
        pause().await;
        let steps = match step!(NAMES.len()) {
            Step::One => 1,
            Step::Two(n) => n,
        };
        Ok(larger(LIMIT, holder.len()) + steps)
    }

    pub(super) async fn closures(ctx: &Ctx, log: Log, a: Noisy, b: Noisy) -> Outcome<usize> {
        ctx.check()?;
        let by_ref = || a.name.len();
        let mut calls = 0;
        let mut counts = |n: usize| {
            calls += n;
            calls
        };
        let by_move = move || b.name.len() + counts(1);
        let later = async |n: usize| {
            let _in_closure = log.noisy("in closure");
            pause().await;
            n + by_ref()
        };
        let sum = later(1).await + later(2).await;
        let mut by_move = by_move;
        Ok(sum + by_move() + by_move())
    }

    pub(super) async fn blocks(ctx: &Ctx, log: Log, a: Noisy, b: Noisy) -> Outcome<usize> {
        ctx.check()?;
        let borrowing = async {
            let _local = log.noisy("borrowing");
            pause().await;
            a.name.len()
        };
        let moving = {
            let log = log.clone();
            async move {
                let _local = log.noisy("moving");
                pause().await;
                let nested = async { b.name.len() };
                nested.await
            }
        };
        let _never_polled = async {
            let _ = &a;
            log.say("never");
        };
        Ok(borrowing.await + moving.await)
    }

    pub(super) async fn fns_inside(ctx: &Ctx, a: Noisy, b: Noisy) -> Outcome<usize> {
        #[ctx_core::cancellable]
        async fn declares(ctx: &Ctx, b: Noisy) -> Outcome<usize> {
            #[ctx_core::cancellable]
            async fn is_given(n: usize, c: Noisy) -> Outcome<usize> {
                ctx.check()?;
                pause().await;
                Ok(n + c.name.len())
            }
            let _local = b.log.noisy("one deep");
            is_given(ctx, b.name.len(), b.log.noisy("two deep")).await
        }
        struct Inner(Noisy);
        #[ctx_core::cancellable]
        impl Inner {
            async fn method(&self, by: usize) -> Outcome<usize> {
                ctx.check()?;
                pause().await;
                Ok(self.0.name.len() * by)
            }
        }
        let n = declares(ctx, b).await?;
        Inner(a.log.noisy("inner")).method(ctx, n).await
    }

    pub(super) async fn shadowed(ctx: &Ctx, a: Noisy, b: Noisy, n: u8) -> Outcome<u8> {
        ctx.check()?;
        let log = &a.log;
        let a = log.noisy("a of the body");
        let n = n + 1;
        {
            let b = (b, log.noisy("beside b"));
            pause().await;
            let n = b.0.name.len();
            log.say(n);
        }
        let b = n;
        pause().await;
        let ctx = a.name.len() as u8;
        Ok(ctx + b)
    }

    /// # Safety
    ///
    /// `at` can be read while the future lives.
    pub(super) async unsafe fn raw(ctx: &Ctx, at: &mut *const u8, a: Noisy, (b, _): (Noisy, Noisy)) -> Outcome<u8> {
        ctx.check()?;
        let _local = a.log.noisy("local");
        pause().await;
        drop(b);
        // SAFETY: the caller says so.
        Ok(unsafe { **at })
    }

    pub(in crate::bodies) async fn seen_in_a_path(ctx: &Ctx, a: Noisy) -> Outcome<&'static str> {
        ctx.check()?;
        pause().await;
        Ok(a.name)
    }

    pub(super) async fn generic<'a, T, U: ?Sized, const N: usize>(ctx: &Ctx, list: [T; N], other: &'a U, by: impl Fn(&'a U) -> T, _held: impl Sized) -> Outcome<[String; N]>
    where
        T: Display + Clone,
        U: PartialEq<str> + 'a,
        for<'b> &'b T: PartialEq,
        [T; N]: AsRef<[T]>,
    {
        fn shown<T: Display>(item: &T) -> String {
            item.to_string()
        }
        ctx.check()?;
        let made = by(other);
        pause().await;
        Ok(list.each_ref().map(|item| shown(if item == &made { &made } else { item })))
    }

    pub(super) async fn temporaries(ctx: &Ctx, log: Log, a: Noisy) -> Outcome<usize> {
        ctx.check()?;
        match log.noisy("scrutinee").name.len() {
            0 => {}
            _ => pause().await,
        }
        if let "condition" = log.noisy("condition").name {
            pause().await;
        }
        let _ = (log.noisy("statement"), pause().await).0.name.len();
        Ok(log.noisy("tail").name.len() + a.name.len())
    }

    pub(super) async fn matches(ctx: &Ctx, a: Option<Noisy>, b: Result<Noisy, Noisy>) -> Outcome<usize> {
        ctx.check()?;
        if let Ok(ref ok) = b {
            pause().await;
            ok.log.say(ok.name);
        }
        let Some(a) = a else {
            return Ok(0);
        };
        match b {
            Ok(long) if long.name.len() > 1 => drop(long),
            Ok(short) => {
                pause().await;
                let _ = short;
            }
            Err(_) => pause().await,
        }
        Ok(a.name.len())
    }

    pub(super) async fn loops(ctx: &Ctx, mut list: Vec<Noisy>, make: impl Fn() -> Noisy, mut last: Noisy) -> Outcome<usize> {
        ctx.check()?;
        for item in list.drain(1..) {
            pause().await;
            let before = std::mem::replace(&mut last, item);
            before.log.say(before.name);
            if before.name == "second" {
                break;
            }
        }
        let mut n = 0;
        while let Some(_made) = Some(make()).filter(|_| n < 2) {
            n += 1;
            pause().await;
        }
        Ok(list.len())
    }
}

#[test]
fn recursion() {
    compare!(|ctx, log| twin::recursive(ctx, 2, log.clone(), log.noisy("a")));
    for n in 0..4 {
        compare!(|ctx, log| twin::one_half(ctx, n, log.noisy("a")));
        compare!(|ctx, log| twin::other_half(ctx, n, log.noisy("a")));
    }
}

#[test]
fn loops_and_blocks_with_labels() {
    compare!(|ctx, log| twin::labels(ctx, log.clone(), log.noisy("a")));
}

#[test]
fn early_ends() {
    for at in 0..4 {
        compare!(|ctx, log| twin::early(ctx, at, log.noisy("a"), log.noisy("b")));
    }
    for text in ["7", "0", "none"] {
        compare!(|ctx, log| twin::question_marks(ctx, text, log.noisy("a")));
    }
}

#[test]
fn items_within() {
    compare!(|ctx, log| twin::items(ctx, log.clone(), log.noisy("a")));
}

#[test]
fn closures_and_async_blocks_within() {
    compare!(|ctx, log| twin::closures(ctx, log.clone(), log.noisy("a"), log.noisy("b")));
    compare!(|ctx, log| twin::blocks(ctx, log.clone(), log.noisy("a"), log.noisy("b")));
}

#[test]
fn annotated_fns_within() {
    compare!(|ctx, log| twin::fns_inside(ctx, log.noisy("a"), log.noisy("b")));
}

#[test]
fn arguments_and_a_context_that_the_body_shadows() {
    compare!(|ctx, log| twin::shadowed(ctx, log.noisy("a"), log.noisy("b"), 1));
}

#[test]
fn unsafe_fns() {
    static BYTE: u8 = 7;
    compare!(|ctx, log| {
        let pair = (log.noisy("b"), log.noisy("not b"));
        let a = log.noisy("a");
        async move {
            let mut at = &raw const BYTE;
            // SAFETY: a static is always there.
            unsafe { twin::raw(ctx, &mut at, a, pair) }.await
        }
    });
}

#[test]
fn fns_that_are_seen_in_a_path() {
    compare!(|ctx, log| twin::seen_in_a_path(ctx, log.noisy("a")));
}

#[test]
fn generics_of_every_kind() {
    compare!(|ctx, log| twin::generic(
        ctx,
        [1, 2],
        "three",
        |text: &str| text.len(),
        log.noisy("held")
    ));
}

#[test]
fn temporaries() {
    compare!(|ctx, log| twin::temporaries(ctx, log.clone(), log.noisy("a")));
}

#[test]
fn matches() {
    let ok = |log: &Log, name| Ok(log.noisy(name));
    compare!(|ctx, log| twin::matches(ctx, Some(log.noisy("a")), ok(log, "long")));
    compare!(|ctx, log| twin::matches(ctx, Some(log.noisy("a")), ok(log, "s")));
    compare!(|ctx, log| twin::matches(ctx, Some(log.noisy("a")), Err(log.noisy("b"))));
    compare!(|ctx, log| twin::matches(ctx, None, ok(log, "b")));
}

#[test]
fn loops() {
    compare!(|ctx, log| {
        let list = ["first", "second", "third", "fourth"].map(|name| log.noisy(name));
        let (log, last) = (log.clone(), log.noisy("last"));
        twin::loops(ctx, list.into(), move || log.noisy("made"), last)
    });
}
