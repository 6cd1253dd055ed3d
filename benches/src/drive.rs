//! Polling by hand, with a waker as dear as a real one.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

struct Counted;

impl Wake for Counted {
    fn wake(self: Arc<Self>) {}
}

/// A waker that is counted, as those of tasks are.
pub(crate) fn waker() -> Waker {
    Waker::from(Arc::new(Counted))
}

/// Polls until it is ready. Inline wherever it stands, so that no future is moved and another is not.
#[inline(always)]
pub(crate) fn finish<F: Future>(future: F, waker: &Waker) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut cx = Context::from_waker(waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
}

/// Polls once.
pub(crate) fn once<F: Future>(future: Pin<&mut F>, waker: &Waker) -> bool {
    future.poll(&mut Context::from_waker(waker)).is_ready()
}

/// Pending so many times; wakes nobody.
pub(crate) struct Pend(pub(crate) u32);

impl Future for Pend {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        Poll::Pending
    }
}
