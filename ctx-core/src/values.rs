//! The values of a context: a chain beside the tree.
//!
//! A link is one allocation, value and all, and is reached by one thin pointer, which is why this
//! module writes by hand what `Arc<dyn Any>` would do in two words.
//!
//! A look-up walks a few links and compares type ids. A filter over the keys of the whole chain ends
//! most misses at once, and every [`STRIDE`]th link, and every merge, has an index of all that is
//! visible from there. So the length of a chain does not matter.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::ptr::NonNull;

use crate::key::Key;
use crate::pool::Pooled;
use crate::sync::{AtomicUsize, Life, Ordering};

/// Links from one index to the next.
const STRIDE: u32 = 16;

/// A counted pointer to the newest link of a chain.
pub(crate) struct Values(NonNull<Link>);

/// What is known of a link without its type.
struct Link {
    refs: AtomicUsize,
    life: Life,
    key: TypeId,
    /// A bit for each key from here to the root.
    filter: u64,
    parent: Option<Values>,
    index: Option<Box<Index>>,
    vtable: &'static Vtable,
    len: u32,
    depth: u16,
}

/// What links with values of one type have in common.
struct Vtable {
    label: Label,
    debug: unsafe fn(NonNull<Link>, &mut fmt::Formatter<'_>) -> fmt::Result,
    free: unsafe fn(NonNull<Link>),
}

/// What few links have.
struct Index {
    /// What is visible from the parents.
    visible: HashMap<TypeId, Values, BuildHasherDefault<IdHasher>>,
    /// Where else a merge looks.
    other: Option<Values>,
}

/// A link with its value. `repr(C)`: a pointer to it is one to its link.
#[repr(C)]
struct Typed<T> {
    link: Link,
    value: T,
}

/// What a link stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Label {
    Value(&'static str),
    /// Its value is the place.
    Todo,
    WithoutCancel,
    /// Of values alone.
    Merge,
    /// Prints nothing.
    Hidden,
}

/// The value of a link that only marks a place.
struct Mark;

// SAFETY: every value is `Send + Sync` (a bound of `Key`; `Mark` is empty), and the rest of a link is
// not changed once it is made.
unsafe impl Send for Values {}
// SAFETY: as above.
unsafe impl Sync for Values {}

impl Values {
    /// A chain with `value` in front of `parent`, derived `depth` nodes deep in the tree.
    pub(crate) fn with<K: Key>(parent: Option<&Values>, value: K, depth: u16) -> Values {
        unsafe fn debug<K: Key>(link: NonNull<Link>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            // SAFETY: this function stands only in links whose value is a `K`.
            unsafe { value_of::<K>(&link) }.debug(f)
        }
        let vtable = const { &Vtable::new::<K>(Label::Value(K::NAME), debug::<K>) };
        Values::new(parent, None, value, depth, vtable)
    }

    /// The link of a context that remembers its caller.
    pub(crate) fn todo(place: &'static Location<'static>) -> Values {
        type Place = &'static Location<'static>;
        unsafe fn debug(link: NonNull<Link>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            // SAFETY: this function stands only in links whose value is a place.
            write!(f, "{}", unsafe { value_of::<Place>(&link) })
        }
        let vtable = const { &Vtable::new::<Place>(Label::Todo, debug) };
        Values::new(None, None, place, 0, vtable)
    }

    /// A link that marks where the tree was left.
    pub(crate) fn without_cancel(parent: Option<&Values>) -> Values {
        let vtable = const { &Vtable::new::<Mark>(Label::WithoutCancel, nothing) };
        Values::new(parent, None, Mark, 0, vtable)
    }

    /// A link that holds on to something as long as a context derived from it lives.
    pub(crate) fn hold<T: Send + Sync + 'static>(
        parent: Option<&Values>,
        held: T,
        depth: u16,
    ) -> Values {
        let vtable = const { &Vtable::new::<T>(Label::Hidden, nothing) };
        Values::new(parent, None, held, depth, vtable)
    }

    /// A chain in which both are visible; `first` hides what both have. `node` says whether the tree
    /// has a merge at this place, too.
    pub(crate) fn merge(
        first: Option<&Values>,
        second: Option<&Values>,
        depth: u16,
        node: bool,
    ) -> Option<Values> {
        match (first, second) {
            (first, None) => first.cloned(),
            (Some(one), Some(other)) if one.0 == other.0 => Some(one.clone()),
            (first, second) => {
                let vtable = if node {
                    const { &Vtable::new::<Mark>(Label::Hidden, nothing) }
                } else {
                    const { &Vtable::new::<Mark>(Label::Merge, nothing) }
                };
                Some(Values::new(first, second, Mark, depth, vtable))
            }
        }
    }

    fn new<T: Send + Sync + 'static>(
        parent: Option<&Values>,
        other: Option<&Values>,
        value: T,
        depth: u16,
        vtable: &'static Vtable,
    ) -> Values {
        let key = TypeId::of::<T>();
        let seen = |values: Option<&Values>| values.map_or(0, |values| values.link().filter);
        let len = parent
            .map_or(0, |parent| parent.link().len)
            .saturating_add(1);
        let is_indexed = other.is_some() || len.is_multiple_of(STRIDE);
        let typed = Pooled::new(|| Typed {
            link: Link {
                refs: AtomicUsize::new(1),
                life: Life::new(),
                key,
                filter: bit(key) | seen(parent) | seen(other),
                parent: parent.cloned(),
                index: is_indexed.then(|| Index::new(parent, other)),
                vtable,
                len,
                depth,
            },
            value,
        });
        Values(typed.into_raw().cast())
    }

    fn link(&self) -> &Link {
        // SAFETY: this reference is counted, so the link is alive.
        let link = unsafe { self.0.as_ref() };
        link.life.used();
        link
    }

    /// The nearest value of this type.
    #[inline]
    pub(crate) fn get<K: Key>(&self) -> Option<&K> {
        self.find()
    }

    /// The nearest value or held thing of this type.
    #[inline]
    pub(crate) fn find<T: Send + Sync + 'static>(&self) -> Option<&T> {
        let key = TypeId::of::<T>();
        let bit = bit(key);
        let mut values = self;
        loop {
            let link = values.link();
            if link.filter & bit == 0 {
                return None;
            }
            if link.key == key {
                // SAFETY: the type id of the link's value is that of `T`. It lives as long as its
                // link, which `self` keeps alive.
                return Some(unsafe { value_of(&values.0) });
            }
            values = match &link.index {
                Some(index) => index.visible.get(&key)?,
                None => link.parent.as_ref()?,
            };
        }
    }

    /// The next older link, and what this one is.
    pub(crate) fn parent(&self) -> Option<&Values> {
        self.link().parent.as_ref()
    }

    pub(crate) fn label(&self) -> Label {
        self.link().vtable.label
    }

    /// How deep in the tree this link was derived.
    pub(crate) fn depth(&self) -> u16 {
        self.link().depth
    }

    /// The value as its key prints it.
    pub(crate) fn debug(&self) -> impl fmt::Debug + '_ {
        struct Show<'a>(&'a Values);
        impl fmt::Debug for Show<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // SAFETY: the function stands in the link that it is given.
                unsafe { (self.0.link().vtable.debug)(self.0.0, f) }
            }
        }
        Show(self)
    }

    /// Gives this reference up; the link, if it was the last.
    #[inline]
    fn release(this: &ManuallyDrop<Values>) -> Option<NonNull<Link>> {
        let refs = &this.link().refs;
        // ORDERING: Acquire pairs with the Release of all that gave theirs up. A sole reference is not
        // counted down: nobody else can make another from it.
        if refs.load(Ordering::Acquire) == 1 {
            return Some(this.0);
        }
        // ORDERING: as in `Arc`: every use comes before the Release that gives it up, and the last
        // one's Acquire pairs with all of them.
        if refs.fetch_sub(1, Ordering::Release) != 1 {
            return None;
        }
        refs.load(Ordering::Acquire);
        Some(this.0)
    }

    /// Frees a link to which the last reference was given up, and those before it that nothing else holds.
    #[inline(never)]
    fn free(mut link: NonNull<Link>) {
        // A loop, so that a long chain needs no deep stack.
        loop {
            let (parent, other) = Values::free_one(link);
            if other.is_some() {
                return Values::free_all(parent.into_iter().chain(other).collect());
            }
            match parent.and_then(|parent| Values::release(&ManuallyDrop::new(parent))) {
                Some(last) => link = last,
                None => return,
            }
        }
    }

    /// Gives up `all`, and what they free.
    #[cold]
    fn free_all(mut all: Vec<Values>) {
        while let Some(one) = all.pop() {
            if let Some(last) = Values::release(&ManuallyDrop::new(one)) {
                let (parent, other) = Values::free_one(last);
                all.extend(parent.into_iter().chain(other));
            }
        }
    }

    /// Frees a link to which the last reference was given up; the references that it held.
    #[inline]
    fn free_one(mut link: NonNull<Link>) -> (Option<Values>, Option<Values>) {
        // Owned by variables, so that they are released too if a value's destructor panics.
        // SAFETY: the last reference was given up to this call.
        let parents = unsafe {
            let link = link.as_mut();
            link.life.ended();
            let other = link.index.as_mut().and_then(|index| index.other.take());
            (link.parent.take(), other)
        };
        // SAFETY: as above; the function is the link's own. What its index holds is held by `parents` too, so no
        // chain is freed from within.
        unsafe { (link.as_ref().vtable.free)(link) };
        parents
    }
}

impl Vtable {
    const fn new<T>(
        label: Label,
        debug: unsafe fn(NonNull<Link>, &mut fmt::Formatter<'_>) -> fmt::Result,
    ) -> Vtable {
        unsafe fn free<T>(link: NonNull<Link>) {
            // SAFETY: this function stands only in links made as `Pooled<Typed<T>>`, and is called by
            // whoever gave up the last reference.
            drop(unsafe { Pooled::from_raw(link.cast::<Typed<T>>()) });
        }
        Vtable {
            label,
            debug,
            free: free::<T>,
        }
    }
}

/// For a link that has no value to print.
unsafe fn nothing(_: NonNull<Link>, _: &mut fmt::Formatter<'_>) -> fmt::Result {
    Ok(())
}

/// # Safety
///
/// The link's value is a `T`, and lives as long as the pointer is borrowed.
unsafe fn value_of<T>(link: &NonNull<Link>) -> &T {
    // SAFETY: the caller's promise.
    unsafe { &link.cast::<Typed<T>>().as_ref().value }
}

impl Index {
    /// Of all that is visible from `parent`, then from `other`.
    #[inline(never)]
    fn new(parent: Option<&Values>, other: Option<&Values>) -> Box<Index> {
        let mut visible = HashMap::default();
        for start in [parent, other] {
            let mut next = start;
            while let Some(values) = next {
                let link = values.link();
                visible.entry(link.key).or_insert_with(|| values.clone());
                if let Some(index) = &link.index {
                    for (key, values) in index.visible.iter() {
                        visible.entry(*key).or_insert_with(|| values.clone());
                    }
                    break;
                }
                next = link.parent.as_ref();
            }
        }
        Box::new(Index {
            visible,
            other: other.cloned(),
        })
    }
}

#[inline]
fn bit(key: TypeId) -> u64 {
    let mut hasher = IdHasher::default();
    key.hash(&mut hasher);
    1 << (hasher.finish() >> 58)
}

/// A type id is a hash already.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 ^= u64::from_ne_bytes(word);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 ^= word;
    }
}

impl Clone for Values {
    fn clone(&self) -> Self {
        // ORDERING: Relaxed: a new reference is made from one that is at hand.
        let seen = self.link().refs.fetch_add(1, Ordering::Relaxed);
        // As in `Arc`: leaked clones must not wrap the count around.
        if seen > isize::MAX as usize {
            std::process::abort();
        }
        Values(self.0)
    }
}

impl Drop for Values {
    #[inline]
    fn drop(&mut self) {
        if let Some(link) = Self::release(&ManuallyDrop::new(Values(self.0))) {
            Self::free(link);
        }
    }
}
