//! Every shape of async fn, annotated, against its plain twin: run to its end, cut off in the middle, never polled.

#![allow(
    clippy::multiple_bound_locations,
    clippy::toplevel_ref_arg,
    clippy::unused_async,
    reason = "shapes are written for what they are"
)]

mod arguments;
mod async_traits;
mod bodies;
mod current;
mod entry;
mod first_poll;
mod futures;
mod injected;
mod macros;
mod never;
mod receivers;
mod returns;
mod sizes;
mod support;
