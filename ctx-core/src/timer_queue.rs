//! Moments in order, each with what belongs to it: a binary heap that knows where each entry is.
//!
//! Most deadlines are made in the order in which they end, and most are taken back before: both ends
//! of a life touch the last places of the heap only, however many there are.

use slab::Slab;

use crate::moment::Moment;

pub(crate) struct TimerQueue<T> {
    /// The earliest first: each comes before those at twice its index, plus one and plus two.
    heap: Vec<(Moment, usize)>,
    entries: Slab<Entry<T>>,
    inserted: u64,
}

struct Entry<T> {
    number: u64,
    index: usize,
    value: T,
}

/// Where to find an entry, if it is still there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    place: usize,
    /// No other entry of the queue has it.
    number: u64,
}

impl<T> TimerQueue<T> {
    pub(crate) const fn new() -> Self {
        TimerQueue {
            heap: Vec::new(),
            entries: Slab::new(),
            inserted: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The earliest moment; never, if the queue is empty.
    pub(crate) fn first(&self) -> Moment {
        self.heap.first().map_or(Moment::NEVER, |first| first.0)
    }

    pub(crate) fn insert(&mut self, at: Moment, value: T) -> Key {
        self.inserted += 1;
        let key = Key {
            number: self.inserted,
            place: self.entries.insert(Entry {
                number: self.inserted,
                index: self.heap.len(),
                value,
            }),
        };
        self.heap.push((at, key.place));
        self.sift_up(self.heap.len() - 1);
        key
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let entry = self.entries.get(key.place)?;
        let index = (entry.number == key.number).then_some(entry.index)?;
        Some(self.take(index))
    }

    /// Takes the first entry if its moment is not after `now`.
    pub(crate) fn pop(&mut self, now: Moment) -> Option<T> {
        (!self.heap.is_empty() && self.first() <= now).then(|| self.take(0))
    }

    fn take(&mut self, index: usize) -> T {
        let (_, place) = self.heap.swap_remove(index);
        if index < self.heap.len() {
            self.sift_down(index);
            self.sift_up(index);
        }
        let value = self.entries.remove(place).value;
        if self.heap.is_empty() && self.heap.capacity() > SPARE {
            *self = TimerQueue {
                inserted: self.inserted,
                ..TimerQueue::new()
            };
        }
        value
    }

    fn sift_up(&mut self, mut index: usize) {
        while let Some(parent) = index.checked_sub(1).map(|index| index / 2)
            && self.heap[index].0 < self.heap[parent].0
        {
            self.heap.swap(index, parent);
            self.note(index);
            index = parent;
        }
        self.note(index);
    }

    fn sift_down(&mut self, mut index: usize) {
        loop {
            let children = 2 * index + 1..(2 * index + 3).min(self.heap.len());
            let Some(child) = children.min_by_key(|child| self.heap[*child].0) else {
                return;
            };
            if self.heap[index].0 <= self.heap[child].0 {
                return;
            }
            self.heap.swap(index, child);
            self.note(index);
            self.note(child);
            index = child;
        }
    }

    /// Tells the entry at `index` of the heap that it is there.
    fn note(&mut self, index: usize) {
        self.entries[self.heap[index].1].index = index;
    }
}

/// Room for so many entries is kept by an empty queue; more is given back.
const SPARE: usize = 64;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn at(nanos: u64) -> Moment {
        Moment::from_nanos(nanos)
    }

    /// Numbers that repeat on each run.
    fn random(state: &mut u64, below: u64) -> u64 {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (*state >> 33) % below
    }

    #[test]
    fn it_is_as_a_sorted_set_whatever_comes_and_goes() {
        let mut state = 7;
        for round in 0..50 {
            let mut queue = TimerQueue::new();
            let mut model: BTreeSet<(Moment, usize)> = BTreeSet::new();
            let mut inserted: Vec<(Moment, Key)> = Vec::new();
            for _ in 0..500 {
                match random(&mut state, 3 + round % 3) {
                    0 if !inserted.is_empty() => {
                        // Some were taken before.
                        let value = random(&mut state, inserted.len() as u64) as usize;
                        let (moment, key) = inserted[value];
                        let there = model.remove(&(moment, value));
                        assert_eq!(queue.remove(key), there.then_some(value));
                    }
                    1 => {
                        let now = at(random(&mut state, 40));
                        let first = model.first().map(|first| first.0);
                        let popped = queue.pop(now);
                        let moment = popped.map(|value| inserted[value].0);
                        assert_eq!(moment, first.filter(|first| *first <= now));
                        if let Some(value) = popped {
                            assert!(model.remove(&(inserted[value].0, value)));
                        }
                    }
                    _ => {
                        let (moment, value) = (at(random(&mut state, 50)), inserted.len());
                        inserted.push((moment, queue.insert(moment, value)));
                        model.insert((moment, value));
                    }
                }
                let first = model.first().map_or(Moment::NEVER, |first| first.0);
                assert_eq!(queue.first(), first);
            }
        }
    }

    #[test]
    fn a_key_that_was_used_finds_nothing_though_its_place_is_taken_again() {
        let mut queue = TimerQueue::new();
        let old = queue.insert(at(1), "old");
        assert_eq!(queue.pop(at(1)), Some("old"));
        let new = queue.insert(at(2), "new");
        assert_eq!(old.place, new.place);
        assert_eq!(queue.remove(old), None);
        assert_eq!(queue.remove(new), Some("new"));
    }

    #[test]
    fn an_empty_queue_keeps_little_room() {
        let mut queue = TimerQueue::new();
        let keys: Vec<_> = (0..10_000)
            .map(|number| queue.insert(at(number), ()))
            .collect();
        keys.into_iter()
            .for_each(|key| assert!(queue.remove(key).is_some()));
        assert!(queue.heap.capacity() <= SPARE && queue.entries.capacity() <= SPARE);
    }
}
