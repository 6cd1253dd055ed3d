//! Attributes and macros of `ctx-core`.
