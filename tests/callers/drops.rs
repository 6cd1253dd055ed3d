//! What a tail borrows from drops before or after the locals, as the edition has it: where it does in the plain fn.

use std::future::Future;
use std::sync::{Arc, Mutex};

use context::{Ctx, Error, cancellable};

/// The names of what was dropped.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

struct Noisy(&'static str, Log);

impl Noisy {
    fn len(&self) -> usize {
        self.0.len()
    }
}

impl Drop for Noisy {
    fn drop(&mut self) {
        (self.1).0.lock().unwrap().push(self.0);
    }
}

type Pair = (Noisy, Noisy);

fn let_nothing_happen() {}

/// A future's result, and what its end has dropped.
fn finish(future: impl Future<Output = Result<usize, Error>>, log: &Log) -> (usize, String) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let length = runtime.block_on(future).unwrap();
    (
        length,
        std::mem::take(&mut *log.0.lock().unwrap()).join(","),
    )
}

/// One fn, plain and annotated: with a context beside its arguments.
macro_rules! twins {
    ($($(#[cancellable($($options:tt)*)])? fn $name:ident($($arguments:tt)*) $body:tt)*) => {
        mod plain {
            use super::*;
            $(pub(super) async fn $name(_ctx: &Ctx, $($arguments)*) -> Result<usize, Error> $body)*
        }
        mod annotated {
            use super::*;
            $(
                #[cancellable$(($($options)*))?]
                pub(super) async fn $name($($arguments)*) -> Result<usize, Error> $body
            )*
        }
    };
}

/// What both do with two arguments, and a log.
macro_rules! compare {
    ($name:ident) => {{
        let (ctx, log) = (Ctx::background(), Log::default());
        let noisy = |name| Noisy(name, log.clone());
        let pair = |one, two| (noisy(one), noisy(two));
        let expected = finish(plain::$name(&ctx, noisy("a"), pair("b", "c"), &log), &log);
        let found = finish(
            annotated::$name(&ctx, noisy("a"), pair("b", "c"), &log),
            &log,
        );
        assert_eq!(expected, found, stringify!($name));
        found.1
    }};
}

/// A macro that declares something.
macro_rules! noisy_local {
    ($name:ident, $log:expr) => {
        let $name = Noisy("local", $log.clone());
    };
}

twins! {
    fn behind_a_local(_a: Noisy, _pair: Pair, log: &Log) {
        let _local = Noisy("local", log.clone());
        Ok(Noisy("temp", log.clone()).len())
    }

    fn behind_another_statement(_a: Noisy, _pair: Pair, log: &Log) {
        let_nothing_happen();
        let _local = Noisy("local", log.clone());
        Ok(Noisy("temp", log.clone()).len())
    }

    fn behind_a_literal(_a: Noisy, _pair: Pair, log: &Log) {
        assert_eq!("a;b".len(), 3, "{}", '"');
        let _local = Noisy("local", log.clone());
        Ok(Noisy("temp", log.clone()).len())
    }

    fn behind_a_macro(_a: Noisy, _pair: Pair, log: &Log) {
        noisy_local! { _local, log }
        Ok(Noisy("temp", log.clone()).len())
    }

    fn in_a_match(a: Noisy, _pair: Pair, log: &Log) {
        let _local = Noisy("local", log.clone());
        match Noisy("temp", log.clone()).len() {
            0 => Ok(0),
            length => Ok(length + a.len()),
        }
    }

    fn alone(a: Noisy, _pair: Pair, log: &Log) { Ok(a.len() + Noisy("temp", log.clone()).len()) }

    fn behind_a_pattern(_a: Noisy, (_b, _): Pair, log: &Log) {
        let _local = Noisy("local", log.clone());
        Ok(Noisy("temp", log.clone()).len())
    }

    fn alone_behind_a_pattern(_: Noisy, (_b, _c): Pair, log: &Log) {
        Ok(Noisy("temp", log.clone()).len())
    }

    #[cancellable(timeout = "1h")]
    fn within_a_timeout(_a: Noisy, (_b, _c): Pair, log: &Log) {
        let _local = Noisy("local", log.clone());
        Ok(Noisy("temp", log.clone()).len())
    }
}

/// A body that a macro makes of a block.
macro_rules! made {
    ($name:ident, $block:block) => {
        #[cancellable]
        async fn $name() -> Result<usize, Error> {
            let_nothing_happen();
            $block
        }
    };
}

#[test]
fn what_a_tail_borrows_from_drops_as_in_the_plain_fn() {
    assert_eq!(compare!(behind_a_local), "local,temp,b,c,a");
    compare!(behind_another_statement);
    compare!(behind_a_literal);
    compare!(behind_a_macro);
    compare!(in_a_match);
    compare!(alone);
    compare!(behind_a_pattern);
    compare!(alone_behind_a_pattern);
    compare!(within_a_timeout);
}

#[test]
fn that_of_a_block_of_a_macros_caller_does_so() {
    static DROPPED: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    struct Loud(&'static str);
    impl Drop for Loud {
        fn drop(&mut self) {
            DROPPED.lock().unwrap().push(self.0);
        }
    }
    made!(annotated, {
        let _local = Loud("local");
        Ok(Loud("temp").0.len())
    });
    assert_eq!(finish(annotated(&Ctx::background()), &Log::default()).0, 4);
    assert_eq!(*DROPPED.lock().unwrap(), ["local", "temp"]);
}
