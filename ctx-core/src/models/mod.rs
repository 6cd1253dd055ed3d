//! The lock-free core under every interleaving that loom can reach.
//!
//! `RUSTFLAGS="--cfg ctx_loom" cargo test -p ctx-core --lib --release models -- --nocapture` runs all and says how many
//! interleavings each had. Every actor is a spawned thread; the main one sets up, spawns, joins and then compares.
//! The clock is a number that stands still unless an actor moves it. As with the system's, what comes before it is
//! moved is seen by who reads it after.

//!
//! # What breaks them
//!
//! Each of these was tried, and failed the model beside it. (`x` stands for "during a cancellation".)
//!
//! | the code broken on purpose | what noticed |
//! |---|---|
//! | `register` does not look for `DONE` | `a_waiter_that_comes_x` |
//! | `replace` does not look for `DONE` | `a_waker_that_is_replaced_x` |
//! | `attach` does not look for `DONE` in the parent | `a_child_that_is_born_and_waited_for_x` |
//! | `attach` does not pass a lowered outcome on | `a_grace_that_is_born_x` |
//! | `link` goes from below | `two_link_one_chain_x` |
//! | `LINKED` is set after the parent's lock is let go | `two_link_one_node_that_is_dropped_before_a_cancellation` |
//! | `settle` latches from below | `several_look_while_an_ancestor_is_cancelled` |
//! | `latch` does not look whether another was first | `a_deadline_after_a_cancellation` |
//! | `latch` does not look for a node that a dropped canceller left without an outcome | `a_dropped_canceller_is_looked_at_by_several` |
//! | a cancellation does not look whether another was first | `two_cancellations_at_once`, `several_look_while_an_ancestor_is_cancelled` |
//! | `cancel` does not look first | `a_deadline_that_passed_unnoticed_before_a_cancellation` |
//! | `SWEPT` is set before the push, or below while it is under way | `two_cancellations_at_once`, `a_child_and_its_parent_are_cancelled_at_once` |
//! | a canceller does nothing for a node that is done, children or not | the same two |
//! | a look overlooks `LOWERED` | `a_grace_that_ends_while_it_is_pushed` |
//! | a push ends at a node that is done | `two_cancellations_at_once` |
//! | a push overwrites the undated end of a node | `a_dropped_canceller_of_a_linked_child_and_a_cancellation_above` |
//! | a merge takes what is pushed without a look | `a_merge_whose_parents_are_cancelled_one_after_the_other` |
//! | an equal moment is not passed on; `LOWERED` is not set | `two_cancellations_at_once_above_a_grace` |
//! | a lowering takes the places of the wakers | `a_waker_that_is_replaced_while_a_grace_begins` |
//! | `drop_unseen` overlooks `DERIVED`; `with_deadline` looks first | `a_canceller_is_dropped_while_a_child_with_a_deadline_is_born` |
//! | `drop_unseen` overlooks `LISTS`, or what has changed since | `the_last_canceller_is_dropped_while_somebody_comes` |
//! | a canceller is not counted though there is another | `a_canceller_is_cloned_while_another_is_dropped` |
//! | a sweep is left out though somebody is in the lists | `two_cancellations_at_once`, and most others |
//! | `DETACHED` is overlooked | `one_canceller_is_detached_while_its_clone_is_dropped` |
//! | a merge leaves one list only | `a_merge_is_dropped_while_a_parent_is_cancelled` |
//! | children are told outside of the lock | `nodes_are_dropped_x` |
//! | a listed node is freed without leaving its list | `nodes_are_dropped_x` |
//! | the last reference does not acquire, or one is given up without a release | `a_target_is_found_while_its_last_reference_goes` |
//! | a sole reference does not ask for lists | the same |
//! | `upgrade` takes a count of zero | the same: the process aborts on a freed box |
//! | a sole reference does not acquire | `a_target_in_no_list_ends_with_the_last_of_two_references` |
//! | a value is given up without a release | `values_are_derived_read_and_dropped_at_once` |
//! | a cancellation puts the outcome in before its moment | `a_cancellation_is_dated_before_it_is_seen` |
//! | a plain outcome is put in without a release | `a_cell_takes_a_plain_outcome_or_an_error` |
//! | the lock is taken without an acquire, or given back without a release | `a_lock_in_a_word_is_taken_while_flags_change_beside_it` |
//! | who waits for the lock does not say so, or does not look again before it sleeps | the same: it hangs |
//! | the lock is given back without a release to one that sleeps, or that others sleep is forgotten | `three_come_for_a_lock_in_a_word` |
//! | a waiter leaves its slot without a release | `a_slot_is_filled_while_its_owner_leaves` |
//! | it does so though the lock is held, or leaves `FULL` behind; the lock is given back with the slot as it was | the same: the process aborts on a waker that is dropped twice |
//! | it does so though its waker was taken, or the word has changed; who takes that leaves `FULL` | `a_waker_is_taken_from_a_slot_while_its_owner_leaves`: likewise |
//! | it leaves `OWNED` behind | the same, without that |
//! | a waker that is taken leaves the slot free, or a slot is filled that is not full but owned | `a_waiter_comes_while_a_grace_begins_for_another` |
//! | the slot is overlooked where the lists are empty | `a_waiter_that_comes_x`, and most others |
//! | a sweep overlooks `DERIVED` | `two_cancellations_at_once` |
//! | a child inherits though it has somebody to tell, or was done while it waited for the lock | `a_child_and_its_parent_are_cancelled_at_once` |
//! | `latch` overlooks `INHERITED` | `a_deadline_that_passes_while_a_cancellation_comes_down` |
//! | a child says that it is done before it says that the outcome is the parent's | `a_child_that_is_born_and_waited_for_x` |
//! | a race ends without waking those who were left to it, or does not count them | `an_inner_future_outlives_its_outer_one_x` |
//! | an alarm does not wake the thread of the timers, or only if it is not the first | `an_alarm_is_set_while_the_thread_goes_to_sleep`: it hangs |
//! | a thread that waits is woken without a note of it, does not look for one, or sleeps though it is refused | `a_thread_waits_x`: it hangs |
//! | a callback that was stopped while it was polled is put back all the same | `a_callback_is_stopped_while_a_grace_begins` |
//! | a bell that rings while it is set is not overheard | `a_deadline_that_is_past_comes_while_the_bell_rings`, `a_sooner_deadline_comes_while_the_bell_rings`: a deadlock |
//! | a deadline does not set the bell where it is set to a later one | `a_sooner_deadline_comes_while_it_passes` |
//! | a bell that has rung while it was set is taken for one that will ring, or nobody is looked for then | `a_sooner_deadline_comes_while_the_bell_rings` |
//! | the bell is not set to the next, or only once though that has come meanwhile | `a_deadline_comes_while_the_bell_rings`, `a_deadline_that_is_past_comes_while_the_bell_rings` |
//! | each ring is taken for the end of the runtime, or each that comes early | `a_sooner_deadline_comes_while_it_passes` |
//! | a deadline stays in the queue when it is dropped, or the bell that was set for the last on a paused clock | `two_deadlines_are_taken_back_at_once_on_a_paused_clock` |
//! | that bell goes with any deadline, or is taken for set afterwards | `the_last_deadline_is_taken_back_on_a_paused_clock_while_another_comes` |
//! | a ring before its time is not taken for the end, or that wakes nobody, or is forgotten | `a_deadline_comes_while_the_runtime_is_shut_down` |
//! | a panic where the bell is set leaves the others in the queue | the same |
//! | a panic where it is set anew by a ring does | `a_deadline_passes_and_one_is_taken_back_while_the_runtime_is_shut_down` |
//! | a thread that waits keeps its place through the beginning of a grace | `a_thread_waits_while_a_grace_begins_and_is_cut_short`: it hangs |
//! | a task cancels its siblings before it says that it was the first | `a_task_fails_because_its_sibling_does` |
//! | the last task that fails is taken for the first | `two_tasks_fail_at_once` |
//!
//! In all but those of the lock itself and of the slot beside it, a mutex stands for the bit that is the lock of a word (`word`): spinning and sleeping would be most of what there is
//! to explore.
//!
//! # What has no model
//!
//! What is Tokio's: the set of tasks of a group and of attempts, turns by a semaphore, blocking threads, the `Notify` that
//! tells of the last task's end. The `Sleep` of a thread's deadlines is replaced by a bell that does as it does
//! (`bell`), but for one thing: Tokio puts a timer off without its driver's lock where it can. Which queue a thread takes
//! (`tokio_timers`) is that thread's own affair. What is ours in `first_ok`, `hedge`, `shield` and the tracker
//! of tasks is one thread's work between calls of these. A timer in a model never goes off by itself, so the end of a grace
//! is looked at, not waited for.

mod bell;
mod cancel;
mod futures;
mod memory;
mod moments;
mod register;
mod threads;
mod timers;

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::time::Duration;

use loom::sync::atomic::AtomicU64;

use crate::error::{Cause, Error};
use crate::moment::Moment;
use crate::tree::{Node, NodeRef};

loom::lazy_static! {
    static ref NOW: AtomicU64 = AtomicU64::new(0);
}

pub(crate) fn clock() -> Moment {
    Moment::from_nanos(NOW.load(Ordering::Acquire))
}

fn set_clock(nanos: u64) {
    NOW.store(nanos, Ordering::Release);
}

/// Runs `model` under every interleaving with at most `preemptions` switches that are not forced.
fn explore(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 10_000;
    builder.check({
        let count = Arc::clone(&count);
        move || {
            count.fetch_add(1, Ordering::Relaxed);
            model();
        }
    });
    let name = std::thread::current().name().map(str::to_owned);
    println!(
        "{}: {} interleavings, {preemptions} preemptions",
        name.unwrap_or_default(),
        count.load(Ordering::Relaxed)
    );
}

#[track_caller]
fn here() -> &'static Location<'static> {
    Location::caller()
}

/// A node, with its one canceller, that is done only if it or `parent` is cancelled.
fn child(parent: Option<&NodeRef>) -> NodeRef {
    // The canceller's reference is as good as any.
    Node::with_cancel(parent, here()).0
}

fn deadline(parent: Option<&NodeRef>, nanos: u64) -> NodeRef {
    let at = Moment::from_nanos(nanos);
    Node::with_deadline(parent, at, None, None, here())
}

fn grace(parent: &NodeRef, nanos: u64) -> NodeRef {
    Node::with_grace(parent, Duration::from_nanos(nanos), here())
}

fn merge(first: &NodeRef, second: &NodeRef) -> NodeRef {
    Node::merge(first, second, here())
}

fn cancel(node: &NodeRef, cause: &str) {
    node.cancel(Some(cause.into()).into(), here());
}

/// Without a cause; the place tells who it was.
fn cancel_plainly(node: &NodeRef, place: &'static Location<'static>) {
    node.cancel(Cause::None, place);
}

/// As whoever has registered under `key`, once.
fn unregister(node: &Node, key: u32) -> Option<Waker> {
    // SAFETY: a model gives a key back once, and does nothing else with it meanwhile.
    unsafe { node.unregister(key) }
}

/// Why `node` is done, in short.
fn why(node: &NodeRef) -> Option<String> {
    node.look().map(|err| said(&err))
}

fn said(err: &Error) -> String {
    match err.cause() {
        Some(cause) => cause.to_string(),
        None => format!("{err} at column {}", err.origin().column()),
    }
}

/// How often a waker was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Woken {
    fn waker() -> (Arc<Woken>, Waker) {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        (woken, waker)
    }

    fn times(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Somebody who has looked once, and relies on being woken since.
struct Waiter {
    node: NodeRef,
    woken: Arc<Woken>,
    key: Option<u32>,
}

impl Waiter {
    fn wait(node: &NodeRef) -> Waiter {
        let (woken, waker) = Woken::waker();
        let registered = Node::register(node, &waker);
        let key = registered.ok().map(|registered| registered.key);
        assert!(
            key.is_some() || node.is_done(),
            "refused by a context that is not done"
        );
        Waiter {
            node: node.clone(),
            woken,
            key,
        }
    }

    /// After a cancellation.
    fn knows(&self) {
        let times = self.woken.times();
        assert!(self.key.is_none() || times > 0, "lost wake-up");
        assert!(times <= 1, "woken twice");
        assert!(self.node.is_done());
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        drop(self.key.and_then(|key| unregister(&self.node, key)));
    }
}
