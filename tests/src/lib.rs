//! Behaviour tests of `ctx-core` and `ctx-macros` live beside this file, in `it/`, `ui/` and `signatures/`.

/// What README shows, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
