//! Groups of tasks.

use std::convert::Infallible;
use std::hint::black_box;

use ctx_core::Ctx;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::meter::Side;
use crate::row::{Bound, Row, Sides, row};
use crate::timers::{Clock, one_thread, two_workers};

const TASKS: u32 = 100;

pub(crate) fn rows() -> Vec<Row> {
    let group = |name, runtime: fn() -> _, clock| {
        row(name, "JoinSet", Bound::Ratio(1.25), move || {
            Sides::new(ours(runtime(), clock), peer(runtime(), clock))
        })
    };
    vec![
        group(
            "group of 100 ready tasks, current-thread",
            one_thread,
            |meter, work| meter.time(work),
        ),
        group(
            "group of 100 ready tasks, two workers",
            two_workers,
            |meter, work| meter.wall(work),
        ),
    ]
}

fn ours(runtime: Runtime, clock: Clock) -> Side {
    let (root, cancel) = Ctx::background().with_cancel();
    Box::new(move |meter, times| {
        let _cancel = &cancel;
        clock(meter, &mut || {
            runtime.block_on(async {
                for _ in 0..times {
                    let mut group = root.group::<u32, Infallible>();
                    for task in 0..TASKS {
                        group.spawn(move |_ctx| async move { Ok(task) });
                    }
                    black_box(group.join().await.map(|all| all.len()).ok());
                }
            });
        });
    })
}

fn peer(runtime: Runtime, clock: Clock) -> Side {
    Box::new(move |meter, times| {
        clock(meter, &mut || {
            runtime.block_on(async {
                for _ in 0..times {
                    let mut set = JoinSet::new();
                    for task in 0..TASKS {
                        set.spawn(async move { Ok::<_, Infallible>(task) });
                    }
                    let mut all = Vec::new();
                    while let Some(joined) = set.join_next().await {
                        all.extend(joined.expect("a benchmark does not panic"));
                    }
                    black_box(all.len());
                }
            });
        });
    })
}
