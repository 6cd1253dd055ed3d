//! A context tree for async Rust.
