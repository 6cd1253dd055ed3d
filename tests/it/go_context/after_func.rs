//! Go's AfterFunc, which is `after_done` here.

use std::{
    io::{self, Read},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use ctx_core::{Ctx, Error};
use tokio::sync::oneshot;

use crate::support::{cause, ms};

#[tokio::test(start_paused = true)]
async fn after_done_is_called_after_cancel() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (send, mut receive) = oneshot::channel();
    let after = ctx.after_done(|err| send.send(err).expect("the test waits"));
    assert!(receive.try_recv().is_err());
    cancel.cancel_with("over");
    assert_eq!(cause(&receive.await.expect("called")), "over");
    assert!(!after.stop());
}

#[tokio::test(start_paused = true)]
async fn after_done_is_called_after_a_timeout() {
    let ctx = Ctx::background().with_timeout(ms(10));
    let (send, receive) = oneshot::channel();
    let _after = ctx.after_done(|err| send.send(err).expect("the test waits"));
    assert!(receive.await.expect("called").is_deadline_exceeded());
}

#[tokio::test(start_paused = true)]
async fn after_done_is_called_at_once_on_a_done_context() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel_with("over");
    let (send, receive) = oneshot::channel();
    let after = ctx.after_done(|err| send.send(err).expect("the test waits"));
    assert!(!after.stop());
    assert_eq!(cause(&receive.await.expect("called")), "over");
}

#[tokio::test(start_paused = true)]
async fn after_done_is_not_called_after_stop() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let called = Arc::new(AtomicBool::new(false));
    let flag = called.clone();
    let after = ctx.after_done(move |_| flag.store(true, Ordering::SeqCst));
    assert!(after.stop());
    // Whoever holds no callback any more cannot call it later.
    assert_eq!(Arc::strong_count(&called), 1);
    cancel.cancel();
    assert!(!called.load(Ordering::SeqCst));
}

#[test]
fn stopping_leaves_nothing_in_the_parent() {
    let (parent, _cancel) = Ctx::background().with_cancel();
    let held = Arc::new(());
    let callback = held.clone();
    assert!(parent.after_done(move |_| drop(callback)).stop());
    assert_eq!(Arc::strong_count(&held), 1);
}

#[tokio::test(start_paused = true)]
async fn cancel_does_not_wait_for_after_done() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (go, gate) = mpsc::channel();
    let (send, receive) = oneshot::channel();
    let _after = ctx.after_done(move |_| {
        gate.recv().expect("the test opens the gate");
        send.send(()).expect("the test waits");
    });
    cancel.cancel();
    go.send(()).expect("the callback is waiting");
    receive.await.expect("called");
}

#[tokio::test]
async fn after_done_ends_waits_on_a_condition_variable() {
    type Shared = Arc<(Mutex<bool>, Condvar)>;

    fn wait(ctx: &Ctx, shared: &Shared) -> Result<(), Error> {
        let other = shared.clone();
        let _after = ctx.after_done(move |_| {
            // Under the lock, so that no wait can begin between the look at the context and this.
            let _lock = other.0.lock();
            other.1.notify_all();
        });
        let mut met = shared.0.lock().expect("no panic");
        while !*met {
            ctx.check()?;
            met = shared.1.wait(met).expect("no panic");
        }
        Ok(())
    }

    let shared = Shared::default();
    let (ctx, cancel) = Ctx::background().with_cancel();
    let waiters: Vec<_> = (0..4)
        .map(|_| {
            let shared = shared.clone();
            ctx.spawn_blocking(move |ctx| wait(&ctx, &shared))
        })
        .collect();
    cancel.cancel();
    for waiter in waiters {
        assert!(waiter.await.expect("no panic").is_err());
    }
}

#[test]
fn after_done_ends_a_blocking_read() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let stream = TcpStream::connect(listener.local_addr().expect("bound")).expect("listening");
    let (ctx, cancel) = Ctx::background().with_cancel();
    let reader = thread::spawn(move || -> io::Result<usize> {
        let other = stream.try_clone()?;
        let after = ctx.after_done(move |_| drop(other.shutdown(Shutdown::Both)));
        let read = (&stream).read(&mut [0; 16]);
        if after.stop() {
            read
        } else {
            Err(ctx.check().expect_err("the callback was called").into())
        }
    });
    cancel.cancel();
    assert!(reader.join().expect("no panic").is_err());
}
