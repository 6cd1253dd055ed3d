//! Runnable examples of `ctx-core`: see each folder or file beside this one.
