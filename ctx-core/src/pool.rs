//! Memory for what comes and goes with each request: the nodes of the tree, values, and what a race has beside its body.
//!
//! A thread keeps some of what it frees for what it makes next. Where requests overlap, the few blocks of a size that glibc's
//! allocator keeps at hand for a thread are not enough, and it takes its slow way for most of a context.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::Cell;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};

/// What is larger has memory of its own.
const SIZE: usize = 112;

/// A thread keeps so many blocks: 14 kilobytes, what some 25 requests take.
const MOST: usize = 128;

/// A `Box` whose memory comes from here.
pub(crate) struct Pooled<T>(NonNull<T>);

/// Memory that is kept.
#[repr(C)]
struct Block {
    next: Option<NonNull<Block>>,
    _room: MaybeUninit<[u64; SIZE / size_of::<u64>() - 1]>,
}

struct Pool {
    first: Cell<Option<NonNull<Block>>>,
    len: Cell<usize>,
}

thread_local! {
    static POOL: Pool = const { Pool { first: Cell::new(None), len: Cell::new(0) } };
}

// SAFETY: as for `Box`.
unsafe impl<T: Send> Send for Pooled<T> {}
// SAFETY: as for `Box`.
unsafe impl<T: Sync> Sync for Pooled<T> {}

impl<T> Pooled<T> {
    /// The memory is taken first, for the value to be made in its place.
    #[inline]
    pub(crate) fn new(make: impl FnOnce() -> T) -> Self {
        let memory = Memory::<T>::take();
        // SAFETY: it is nobody else's, and has the layout of a `T`.
        unsafe { memory.0.write(make()) };
        Pooled(memory.keep())
    }

    pub(crate) fn into_raw(self) -> NonNull<T> {
        ManuallyDrop::new(self).0
    }

    /// # Safety
    ///
    /// It came from [`into_raw`](Self::into_raw), and nothing else points to it.
    pub(crate) unsafe fn from_raw(at: NonNull<T>) -> Self {
        Pooled(at)
    }
}

impl<T> Drop for Pooled<T> {
    #[inline]
    fn drop(&mut self) {
        // Given back even if the destructor panics.
        let _memory = Memory(self.0);
        // SAFETY: it was whole until now, and is not used any more.
        unsafe { ptr::drop_in_place(self.0.as_ptr()) };
    }
}

impl<T> Deref for Pooled<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: it is owned.
        unsafe { self.0.as_ref() }
    }
}

impl<T> DerefMut for Pooled<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: it is owned.
        unsafe { self.0.as_mut() }
    }
}

impl<T: Default> Default for Pooled<T> {
    fn default() -> Self {
        Pooled::new(T::default)
    }
}

/// Room for a `T`.
struct Memory<T>(NonNull<T>);

impl<T> Memory<T> {
    /// Not where memory that was freed has to be told from what is in use.
    const IS_POOLED: bool = size_of::<T>() <= size_of::<Block>()
        && align_of::<T>() <= align_of::<Block>()
        && !cfg!(any(ctx_loom, ctx_no_pool));

    const LAYOUT: Layout = if Self::IS_POOLED {
        Layout::new::<Block>()
    } else {
        Layout::new::<T>()
    };

    #[inline]
    fn take() -> Self {
        const { assert!(size_of::<T>() > 0) };
        let kept = || POOL.try_with(Pool::take).ok().flatten();
        match if Self::IS_POOLED { kept() } else { None } {
            Some(block) => Memory(block.cast()),
            None => Memory(allocate(Self::LAYOUT).cast()),
        }
    }

    fn keep(self) -> NonNull<T> {
        ManuallyDrop::new(self).0
    }
}

impl<T> Drop for Memory<T> {
    #[inline]
    fn drop(&mut self) {
        if cfg!(ctx_loom) {
            // In a model it stays, so that a use after this is seen for what it is.
            return;
        }
        // SAFETY: it has the layout of a block, and is not used any more.
        let keep = |pool: &Pool| unsafe { pool.keep(self.0.cast()) };
        if !(Self::IS_POOLED && POOL.try_with(keep).unwrap_or(false)) {
            // SAFETY: it came from `allocate` with this layout, and is not used any more.
            unsafe { free(self.0.cast(), Self::LAYOUT) };
        }
    }
}

impl Pool {
    #[inline]
    fn take(&self) -> Option<NonNull<Block>> {
        let block = self.first.get()?;
        // SAFETY: what is kept here is a block, and nobody else's.
        self.first.set(unsafe { block.as_ref().next });
        self.len.set(self.len.get() - 1);
        Some(block)
    }

    /// Keeps a block, unless there are enough.
    ///
    /// # Safety
    ///
    /// It came from [`allocate`], with a block's layout, and nobody uses it any more.
    #[inline]
    unsafe fn keep(&self, block: NonNull<Block>) -> bool {
        if self.len.get() == MOST {
            return false;
        }
        // SAFETY: it is a field of memory that is large enough.
        unsafe { (&raw mut (*block.as_ptr()).next).write(self.first.get()) };
        self.first.set(Some(block));
        self.len.set(self.len.get() + 1);
        true
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        while let Some(block) = self.take() {
            // SAFETY: that of `keep`.
            unsafe { free(block.cast(), Layout::new::<Block>()) };
        }
    }
}

// Apart from what nearly every call does.

#[inline(never)]
fn allocate(layout: Layout) -> NonNull<u8> {
    // SAFETY: nothing that is made here is without a size, see `take`.
    let at = unsafe { alloc(layout) };
    NonNull::new(at).unwrap_or_else(|| handle_alloc_error(layout))
}

/// # Safety
///
/// It came from [`allocate`] with this layout, and nobody uses it any more.
#[inline(never)]
unsafe fn free(at: NonNull<u8>, layout: Layout) {
    // SAFETY: the caller's promise.
    unsafe { dealloc(at.as_ptr(), layout) };
}

#[cfg(all(test, not(any(ctx_loom, ctx_no_pool))))]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// Runs `test` on a thread that keeps nothing yet.
    fn afresh(test: fn()) {
        let tested = std::thread::spawn(test).join();
        tested.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    }

    /// How many blocks this thread keeps.
    fn kept() -> usize {
        POOL.with(|pool| pool.len.get())
    }

    fn make<T>(value: T) -> Pooled<T> {
        Pooled::new(|| value)
    }

    #[test]
    fn what_was_dropped_last_lends_its_memory_to_the_next() {
        afresh(|| {
            let first = make([1_u64; 4]);
            let at = first.0.addr();
            drop(first);
            let second = make((2_u8, String::from("another type")));
            assert_eq!(second.0.addr(), at);
            assert_eq!(*second, (2, String::from("another type")));
        });
    }

    #[test]
    fn a_thread_keeps_so_many_blocks_and_no_more() {
        afresh(|| {
            let many: Vec<_> = (0..MOST + 10).map(make).collect();
            assert_eq!(kept(), 0);
            drop(many);
            assert_eq!(kept(), MOST);
            let some: Vec<_> = (0..10).map(make).collect();
            assert_eq!(kept(), MOST - 10);
            assert!(
                some.iter()
                    .enumerate()
                    .all(|(number, value)| number == **value)
            );
        });
    }

    #[test]
    fn what_is_too_large_or_aligned_to_more_has_memory_of_its_own() {
        afresh(|| {
            #[repr(align(64))]
            struct Line(u8);
            let line = make(Line(7));
            assert_eq!(line.0.addr().get() % 64, 0);
            assert_eq!(line.deref().0, 7);
            drop((line, make([0_u8; SIZE + 1])));
            assert_eq!(kept(), 0);
            drop(make([0_u8; SIZE]));
            assert_eq!(kept(), 1);
        });
    }

    #[test]
    fn memory_comes_back_from_what_panics_when_it_is_made_or_dropped() {
        afresh(|| {
            struct Panics;
            impl Drop for Panics {
                fn drop(&mut self) {
                    panic!("expected");
                }
            }
            let made = catch_unwind(|| Pooled::<u64>::new(|| panic!("expected")));
            assert!(made.is_err());
            assert_eq!(kept(), 1);
            let value = make((Panics, 0_u64));
            assert_eq!(kept(), 0);
            assert!(catch_unwind(AssertUnwindSafe(|| drop(value))).is_err());
            assert_eq!(kept(), 1);
        });
    }
}
