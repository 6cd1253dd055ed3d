//! Send, Sync, Unpin, sizes and niches of every public type.

use std::{
    fmt::{Debug, Display},
    future::{Future, Pending, Ready},
    marker::PhantomPinned,
    rc::Rc,
};

use ctx_core::{
    AfterDone, BoxError, Cancellable, Canceller, CancellerDropped, Ctx, Done, DoneOwned, Error,
    ErrorKind, Frame, Group, Report, Run, RunOwned, SiblingFailed, SignalReceived, TokenCancelled,
    TryUntilDone, UntilDone,
};
use futures::stream;

const WORD: usize = size_of::<usize>();

macro_rules! assert_impl {
    ($($type:ty: $($bound:path),+;)*) => {
        const _: () = {
            $({
                const fn holds<T: ?Sized $(+ $bound)+>() {}
                holds::<$type>();
            })*
        };
    };
}

/// Fails to compile when the type has the trait: two impls would fit then.
macro_rules! assert_not_impl {
    ($($type:ty: $bound:path;)*) => {
        $(const _: fn() = || {
            trait AmbiguousIfImplemented<A> {
                fn item() {}
            }
            impl<T: ?Sized> AmbiguousIfImplemented<()> for T {}
            struct Implemented;
            impl<T: ?Sized + $bound> AmbiguousIfImplemented<Implemented> for T {}
            <$type as AmbiguousIfImplemented<_>>::item();
        };)*
    };
}

type Local = Ready<Rc<()>>;
type Pinned = PinnedFuture;

/// A future that must not move.
struct PinnedFuture {
    _pin: PhantomPinned,
}

impl Future for PinnedFuture {
    type Output = Result<(), Error>;

    fn poll(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        std::task::Poll::Pending
    }
}

assert_impl! {
    Ctx: Send, Sync, Unpin, Clone, Debug, Display, AsRef<Ctx>;
    Canceller: Send, Sync, Unpin, Clone, Debug;
    Error: Send, Sync, Unpin, Clone, std::error::Error, Into<std::io::Error>;
    ErrorKind: Send, Sync, Unpin, Copy, Eq, Debug;
    CancellerDropped: Send, Sync, Unpin, std::error::Error;
    Frame: Send, Sync, Unpin, Debug;
    Report<'static>: Send, Sync, Unpin, Display, Debug;
    AfterDone: Send, Sync, Unpin, Debug;
    BoxError: Send, Sync, Unpin, Debug, Display;
    Group<u8, Error>: Send, Sync, Unpin, Debug;
    SiblingFailed: Send, Sync, Unpin, Copy, std::error::Error;
    SignalReceived: Send, Sync, Unpin, Copy, std::error::Error;
    TokenCancelled: Send, Sync, Unpin, Copy, std::error::Error;
    UntilDone<stream::Pending<()>>: Send, Sync, Unpin, Debug, stream::FusedStream<Item = ()>;
    TryUntilDone<stream::Pending<()>>: Send, Sync, Unpin, Debug, stream::FusedStream<Item = Result<(), Error>>;
    Done<'static>: Send, Sync, Unpin, Debug, Future<Output = Error>;
    DoneOwned: Send, Sync, Unpin, Debug, Future<Output = Error>;
    Run<'static, Pending<()>>: Send, Sync, Future<Output = Result<(), Error>>;
    RunOwned<Pending<()>>: Send, Sync, Future<Output = Result<(), Error>>;
    Cancellable<'static, Pending<()>>: Send, Sync, Future<Output = ()>;
    Run<'static, Pinned>: Send, Sync;
    RunOwned<Pinned>: Send, Sync;
    Cancellable<'static, Pinned>: Send, Sync;
}

assert_not_impl! {
    Run<'static, Local>: Send;
    RunOwned<Local>: Send;
    Cancellable<'static, Ready<Result<Rc<()>, Error>>>: Send;
    Run<'static, Pinned>: Unpin;
    RunOwned<Pinned>: Unpin;
    Cancellable<'static, Pinned>: Unpin;
    UntilDone<stream::Pending<Rc<()>>>: Send;
    UntilDone<stream::Once<Pinned>>: Unpin;
    TryUntilDone<stream::Once<Pinned>>: Unpin;
    Group<Rc<()>, Error>: Send;
}

/// What has no name of its own is `Send` wherever what goes in is.
#[test]
fn futures_that_have_no_name_are_send() {
    fn assert_send<T: Send>(future: T) {
        drop(future);
    }
    type Task = fn(Ctx) -> Ready<Result<(), Error>>;
    let (ctx, tasks) = (Ctx::background(), [] as [Task; 0]);
    assert_send(ctx.sleep(std::time::Duration::ZERO));
    assert_send(ctx.shield(async {}));
    assert_send(ctx.first_ok(tasks));
    assert_send(ctx.hedge(std::time::Duration::ZERO, tasks));
    let mut group: Group<(), Error> = ctx.group();
    assert_send(group.next());
    assert_send(group.join());
}

#[test]
fn a_context_is_two_words_at_most() {
    assert!(size_of::<Ctx>() <= 2 * WORD);
}

#[test]
fn an_error_is_one_word_and_has_a_niche() {
    assert_eq!(size_of::<Error>(), WORD);
    assert_eq!(size_of::<Option<Error>>(), WORD);
    assert_eq!(size_of::<Result<(), Error>>(), WORD);
}

#[test]
fn a_canceller_is_one_word() {
    assert_eq!(size_of::<Canceller>(), WORD);
}

#[test]
fn the_small_ones_are_as_small_as_they_look_and_have_niches() {
    macro_rules! assert_words {
        ($($type:ty: $words:expr;)*) => {
            $(
                assert_eq!(size_of::<$type>(), $words * WORD, stringify!($type));
                assert_eq!(size_of::<Option<$type>>(), $words * WORD, stringify!(Option<$type>));
            )*
        };
    }
    assert_words! {
        AfterDone: 1;
        Done<'static>: 6;
        Report<'static>: 1;
        BoxError: 2;
        Frame: 3;
    }
    assert_eq!(size_of::<ErrorKind>(), 1);
    assert_eq!(size_of::<SignalReceived>(), 4);
    assert_eq!(
        size_of::<(CancellerDropped, SiblingFailed, TokenCancelled)>(),
        0
    );
    assert!(size_of::<DoneOwned>() <= size_of::<Ctx>() + 5 * WORD);
    assert_eq!(
        size_of::<TryUntilDone<stream::Pending<()>>>(),
        size_of::<UntilDone<stream::Pending<()>>>()
    );
}

#[test]
fn a_race_adds_a_constant_to_its_body() {
    fn overhead<const N: usize>() -> usize {
        fn sized<F: Future<Output = ()>>(ctx: &Ctx, fut: F) -> usize {
            let body = size_of::<F>();
            size_of_val(&ctx.run(fut)) - body
        }
        sized(&Ctx::background(), async {
            let bytes = [1_u8; N];
            std::future::ready(()).await;
            std::hint::black_box(&bytes);
        })
    }
    assert_eq!(overhead::<8>(), overhead::<1024>());
    assert!(
        overhead::<1024>() <= 16 * WORD,
        "{} bytes",
        overhead::<1024>()
    );
}
