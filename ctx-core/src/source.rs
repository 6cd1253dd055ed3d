//! Where a race has its context from, and what it holds of that.

use std::fmt;
use std::sync::OnceLock;

use crate::ctx::{BACKGROUND, Ctx};
use crate::shared::{Shared, Target};

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
    fn start(&self) {}

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
pub struct HeldCurrent(OnceLock<Ctx>);

impl Source for Current {
    type Held = HeldCurrent;

    fn hold(self) -> HeldCurrent {
        HeldCurrent(OnceLock::new())
    }
}

impl Held for HeldCurrent {
    fn start(&self) {
        if let Some(ctx) = Ctx::current() {
            // It starts once.
            let _ = self.0.set(ctx);
        }
    }

    fn ctx(&self) -> &Ctx {
        self.0.get().unwrap_or(&BACKGROUND)
    }
}

/// The contexts of a call whose body has one of its own. The race holds it, and the body: for each it is one word.
pub struct Scope<H>(Shared<Contexts<H>>);

struct Contexts<H> {
    given: H,
    /// What a timeout makes of it.
    narrow: OnceLock<Ctx>,
}

/// The scope of a call, for its race and its body.
pub fn scope<S: Source>(source: S) -> (Scope<S::Held>, Scope<S::Held>) {
    let contexts = || Contexts {
        given: source.hold(),
        narrow: OnceLock::new(),
    };
    let mut scope = Shared::new(contexts, |_| ());
    (Scope(scope.second()), Scope(scope))
}

impl<H: Held> Scope<H> {
    /// The context of the call.
    pub fn given(&self) -> &Ctx {
        self.0.given.ctx()
    }

    /// That which the body runs under.
    #[inline]
    pub fn ctx(&self) -> &Ctx {
        self.0.narrow.get().unwrap_or_else(|| self.given())
    }

    /// The body goes on under `ctx`. Called once.
    pub(crate) fn set(&self, ctx: Ctx) {
        let set = self.0.narrow.set(ctx);
        debug_assert!(set.is_ok(), "a body is narrowed twice");
    }
}

impl<H: Held> Source for Scope<H> {
    type Held = Scope<H>;

    fn hold(self) -> Scope<H> {
        self
    }
}

impl<H: Held> Held for Scope<H> {
    fn start(&self) {
        self.0.given.start();
    }

    #[inline]
    fn ctx(&self) -> &Ctx {
        self.ctx()
    }
}

/// It is in no list, and has no parents.
impl<H> Target for Contexts<H> {
    fn is_listed(&self) -> bool {
        false
    }

    fn unlink(&self) {}

    fn take_parents(&mut self) -> (Option<Shared<Self>>, Option<Shared<Self>>) {
        (None, None)
    }
}

impl<H> fmt::Debug for Scope<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}
