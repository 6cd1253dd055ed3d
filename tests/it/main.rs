//! Behaviour of `ctx-core`, written from what its documentation promises.

mod support;

mod allocs;
mod canceller;
mod current;
mod deadline;
mod deep;
mod display;
mod error;
mod faults;
mod go_context;
mod grace;
mod merge;
mod outside_tokio;
mod poll_stack;
mod report;
mod run;
mod sleep;
mod spawn;
mod stress;
mod traits;
mod tree;
mod value;
mod without_cancel;
