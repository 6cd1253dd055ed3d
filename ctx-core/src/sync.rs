//! The one switch between the standard primitives and loom's.
//!
//! A cfg of its own (`ctx_loom`, not `loom`) keeps Tokio whole in a model run.

#[cfg(not(ctx_loom))]
pub(crate) use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicPtr, AtomicU32, AtomicUsize},
};

#[cfg(ctx_loom)]
pub(crate) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicPtr, AtomicU32, AtomicUsize},
};

pub(crate) use std::sync::atomic::Ordering;

/// Locks, poisoned or not: nothing that can panic runs under a lock of this crate, so a poisoned one guards whole data.
#[cfg_attr(
    not(ctx_loom),
    expect(unused_qualifications, reason = "for loom, not the mutex above")
)]
pub(crate) fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// [`lock`] for the mutex that loom sees.
pub(crate) fn lock_seen<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
