//! When the clock is read: a look at it costs more than most of what happens here.

use std::panic::Location;
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

use super::{Node, NodeRef};
use crate::clock;
use crate::error::Cause;
use crate::moment::Moment;

/// How often `f` reads the clock.
fn reads(f: impl FnOnce()) -> usize {
    let before = clock::READ.get();
    f();
    clock::READ.get() - before
}

fn here() -> &'static Location<'static> {
    Location::caller()
}

fn child(parent: Option<&NodeRef>) -> NodeRef {
    let (node, canceller) = Node::with_cancel(parent, here());
    drop(canceller);
    node
}

fn timed(parent: &NodeRef, span: Duration) -> NodeRef {
    let at = Moment::at(Instant::now()).after(span);
    Node::with_deadline(Some(parent), at, Some(span), None, here())
}

fn wait(node: &NodeRef) {
    assert!(Node::register(node, Waker::noop()).is_ok());
}

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_context_without_a_deadline_is_made_looked_at_and_dropped_without_a_look_at_the_clock() {
    let root = child(None);
    let read = reads(|| {
        let node = child(Some(&root));
        assert!(!node.is_done());
        assert!(node.look().is_none());
        node.drop_canceller();
        assert!(node.is_done());
    });
    assert_eq!(read, 0);
}

#[test]
fn a_look_at_a_context_with_a_deadline_reads_the_clock_once() {
    let root = child(None);
    let node = timed(&root, HOUR);
    let below = child(Some(&node));
    for node in [node, below] {
        assert_eq!(reads(|| assert!(!node.is_done())), 1);
        assert_eq!(reads(|| assert!(node.look().is_none())), 1);
    }
}

#[test]
fn a_look_at_a_context_that_is_done_reads_no_clock() {
    let root = child(None);
    let (timed, below) = (timed(&root, HOUR), child(Some(&root)));
    wait(&timed);
    wait(&below);
    root.cancel(Cause::None, here());
    for node in [root, timed, below] {
        let read = reads(|| assert!(node.is_done() && node.look().is_some()));
        assert_eq!(read, 0);
    }
}

#[test]
fn a_cancellation_reads_the_clock_once() {
    let root = child(None);
    let below = [(); 3].map(|()| child(Some(&root)));
    below.iter().for_each(wait);
    assert_eq!(reads(|| root.cancel(Cause::None, here())), 1);
}

#[test]
fn a_canceller_is_dropped_without_a_look_at_the_clock_once_its_context_is_done() {
    let root = child(None);
    let below = child(Some(&root));
    wait(&below);
    root.cancel(Cause::None, here());
    assert_eq!(reads(|| below.drop_canceller()), 0);
    assert_eq!(reads(|| root.drop_canceller()), 0);
}
