//! Every shape of async fn, annotated, against its plain twin: run to its end, cut off in the middle, never polled.

mod support;

mod arguments;
