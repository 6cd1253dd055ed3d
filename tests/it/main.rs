//! Behaviour of `ctx-core`, written from what its documentation promises.

mod support;

mod after_done;
mod allocs;
mod bridges;
mod callee_grace;
mod canceller;
mod current;
mod deadline;
mod deep;
mod display;
mod error;
mod faults;
mod first_ok;
mod go_context;
mod go_errgroup;
mod go_signal;
mod grace;
mod group;
mod main_attribute;
mod merge;
mod outside_tokio;
mod poll_stack;
mod reference;
mod report;
mod run;
mod shield;
mod sleep;
mod spawn;
mod stress;
mod trace;
mod traits;
mod tree;
mod value;
mod wait_blocking;
mod without_cancel;
