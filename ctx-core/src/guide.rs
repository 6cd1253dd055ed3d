//! How to think in contexts: pages to read, no code.
//!
//! - [Coming from Go](coming_from_go): `context`, `errgroup` and `signal.NotifyContext`, function by function, trap by trap.
//! - [Coming from `CancellationToken`](coming_from_cancellation_token): what becomes of a token, and bridges for the way.
//! - [Cancel safety](cancel_safety): what is dropped where, and how to clean up.
//! - [Testing](testing): deadlines of an hour in no time, and a cut at every await.
//! - [Promises](promises): what is promised, and how it is tested.
//!
//! Every example on these pages is run as a test. Those with a clock run on a paused one: an hour takes no time.

pub mod cancel_safety {
    #![doc = include_str!("guide/cancel_safety.md")]
}

pub mod coming_from_cancellation_token {
    #![doc = include_str!("guide/coming_from_cancellation_token.md")]
}

pub mod coming_from_go {
    #![doc = include_str!("guide/coming_from_go.md")]
}

pub mod promises {
    #![doc = include_str!("guide/promises.md")]
}

pub mod testing {
    #![doc = include_str!("guide/testing.md")]
}
