//! Behaviour tests of `ctx-core` and `ctx-macros` live beside this file, in `it/`, `ui/` and `signatures/`.
