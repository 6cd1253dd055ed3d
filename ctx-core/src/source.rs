//! Where a race has its context from, and what it holds of that.

use crate::ctx::{BACKGROUND, Ctx};

/// Where a race has its context from.
#[doc(hidden)]
pub trait Source {
    /// What the race holds.
    type Held: Held;

    /// Goes into the race.
    fn hold(self) -> Self::Held;
}

/// What a future holds of its context.
pub trait Held {
    /// Called once, at the first poll.
    fn start(&mut self) {}

    /// The body goes on under `ctx`.
    fn narrow(&mut self, ctx: Ctx) {
        unreachable!("only a body with a timeout asks for that: {ctx}");
    }

    /// The context.
    fn ctx(&self) -> &Ctx;
}

impl<'c> Source for &'c Ctx {
    type Held = &'c Ctx;

    #[inline]
    fn hold(self) -> &'c Ctx {
        self
    }
}

impl Held for &Ctx {
    fn ctx(&self) -> &Ctx {
        self
    }
}

impl Source for Ctx {
    type Held = Ctx;

    fn hold(self) -> Ctx {
        self
    }
}

impl Held for Ctx {
    fn ctx(&self) -> &Ctx {
        self
    }
}

/// The context whose body is being polled when the race is polled first; else background.
#[derive(Debug)]
pub struct Current;

/// See [`Current`].
#[derive(Debug)]
pub struct HeldCurrent(Option<Ctx>);

impl Source for Current {
    type Held = HeldCurrent;

    fn hold(self) -> HeldCurrent {
        HeldCurrent(None)
    }
}

impl Held for HeldCurrent {
    fn start(&mut self) {
        self.0 = Ctx::current();
    }

    fn ctx(&self) -> &Ctx {
        self.0.as_ref().unwrap_or(&BACKGROUND)
    }
}

/// A source for a race whose body goes on under a narrower context: only a timeout needs room for that.
#[derive(Debug)]
pub struct Narrowing<S>(pub S);

/// See [`Narrowing`].
#[derive(Debug)]
pub struct Narrowed<H> {
    given: H,
    /// Boxed, so that a level stays small.
    narrow: Option<Box<Ctx>>,
}

impl<S: Source> Source for Narrowing<S> {
    type Held = Narrowed<S::Held>;

    fn hold(self) -> Self::Held {
        Narrowed {
            given: self.0.hold(),
            narrow: None,
        }
    }
}

impl<H: Held> Held for Narrowed<H> {
    fn start(&mut self) {
        self.given.start();
    }

    fn narrow(&mut self, ctx: Ctx) {
        self.narrow = Some(Box::new(ctx));
    }

    #[inline]
    fn ctx(&self) -> &Ctx {
        match &self.narrow {
            Some(narrow) => narrow,
            None => self.given.ctx(),
        }
    }
}
