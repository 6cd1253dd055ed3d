//! Go's side: a process that is told which benchmark to run and how often, and says how long it took.
//! So its rounds alternate with ours. And the shapes of Go's own benchmarks of `context`, here.

use std::cell::RefCell;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use ctx_core::{Canceller, Ctx, ctx_key};

use crate::meter::{Side, both, each};
use crate::row::{Bound, Row, Sides, row};
use crate::timers::one_thread;
use crate::values::{deepen, miss};

const HOUR: Duration = Duration::from_secs(3600);
const HALF: Bound = Bound::Ratio(0.5);

ctx_key! {
    struct Name(&'static str);
}

/// The process. It ends when its input does.
#[derive(Clone)]
pub(crate) struct Peer(Rc<RefCell<Process>>);

struct Process {
    _child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// Fetches Go if it is not there, builds its side and starts it.
pub(crate) fn start() -> Peer {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("go/get-go.sh");
    let built = Command::new(script)
        .stderr(Stdio::inherit())
        .output()
        .expect("benches/go/get-go.sh runs");
    assert!(built.status.success(), "Go's side was not built");
    let program = String::from_utf8(built.stdout).expect("a path");
    let mut child = Command::new(program.trim())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Go's side starts");
    let input = child.stdin.take().expect("piped");
    let output = BufReader::new(child.stdout.take().expect("piped"));
    Peer(Rc::new(RefCell::new(Process {
        _child: child,
        input,
        output,
    })))
}

impl Peer {
    /// The side that runs this benchmark.
    pub(crate) fn side(peer: Option<Peer>, name: &str) -> Option<Side> {
        let Peer(process) = peer?;
        let name = name.to_owned();
        Some(Box::new(move |meter, times| {
            let process = &mut *process.borrow_mut();
            writeln!(process.input, "{name} {times}").expect("Go's side reads");
            let mut line = String::new();
            process
                .output
                .read_line(&mut line)
                .expect("Go's side answers");
            let nanos = line.trim().parse().expect("nanoseconds");
            meter.add(Duration::from_nanos(nanos));
        }))
    }
}

pub(crate) fn rows(go: Option<&Peer>) -> Vec<Row> {
    let mut rows = vec![
        like(go, "CommonParentCancel", HALF, || both(common_parent()))
            .with_filler(|| both(|| (filler(), filler())), "Filler"),
    ];
    for live in [40, 4_000, 400_000] {
        rows.push(like(go, &format!("WithTimeout/{live}"), HALF, move || {
            both(ten_timeouts(live))
        }));
    }
    for depth in [1, 10, 100, 1_000] {
        for (root, make) in [
            ("Background", background as fn(usize)),
            ("OpenCanceler", open),
            ("ClosedCanceler", closed),
        ] {
            let name = format!("CancelTree/{depth}/{root}");
            rows.push(like(go, &name, HALF, move || each(move || make(depth))));
        }
    }
    rows.push(like(go, "CheckCanceled/Err", HALF, || {
        let ctx = cancelled();
        each(move || ctx.err().is_some())
    }));
    rows.push(like(go, "CheckCanceled/Done", HALF, || {
        let ctx = cancelled();
        each(move || ctx.is_done())
    }));
    rows.push(like(go, "ContextCancelDone", HALF, || {
        let (ctx, cancel) = Ctx::background().with_cancel();
        both(move || (&cancel, ctx.is_done()).1)
    }));
    rows.push(like(go, "ErrOK", HALF, || {
        let (ctx, cancel) = Ctx::background().with_cancel();
        each(move || (&cancel, ctx.err().is_some()).1)
    }));
    rows.push(like(go, "ErrCanceled", HALF, || {
        let ctx = cancelled();
        each(move || ctx.err().is_some())
    }));
    for depth in [10, 20, 30, 50, 100] {
        rows.push(like(go, &format!("DeepValue/{depth}"), HALF, move || {
            each(miss(depth))
        }));
        rows.push(like(
            go,
            &format!("DeepValueNewGoRoutine/{depth}"),
            Bound::None,
            move || value_in_a_task(depth),
        ));
    }
    rows.into_iter().map(Shape::into_row).collect()
}

/// Ours, and the name of Go's.
type Filler = (fn() -> Side, &'static str);

/// A benchmark that both languages have, under Go's name.
struct Shape {
    name: String,
    bound: Bound,
    go: Option<Peer>,
    ours: Box<dyn FnOnce() -> Side>,
    filler: Option<Filler>,
}

fn like(
    go: Option<&Peer>,
    name: &str,
    bound: Bound,
    ours: impl FnOnce() -> Side + 'static,
) -> Shape {
    Shape {
        name: name.to_owned(),
        bound,
        go: go.cloned(),
        ours: Box::new(ours),
        filler: None,
    }
}

impl Shape {
    fn with_filler(self, ours: fn() -> Side, go: &'static str) -> Shape {
        Shape {
            filler: Some((ours, go)),
            ..self
        }
    }

    fn into_row(self) -> Row {
        row(format!("Go's {}", self.name), "Go", self.bound, move || {
            let sides = Sides::of((self.ours)(), Peer::side(self.go.clone(), &self.name));
            match self.filler {
                Some((ours, go)) => sides.without_filler(ours(), Peer::side(self.go, go)),
                None => sides,
            }
        })
    }
}

/// A hundred divisions, each of which waits for the one before.
fn filler() -> i64 {
    let mut x = black_box(0_i64);
    for _ in 0..100 {
        x /= x + 1;
    }
    black_box(x)
}

fn common_parent() -> impl Fn() + Sync {
    let (shared, root) = Ctx::background().with_value(Name("value")).with_cancel();
    move || {
        let _root: &Canceller = &root;
        let (ctx, cancel) = shared.with_cancel();
        assert!(ctx.value::<Name>().is_some_and(|name| **name == "value"));
        filler();
        cancel.cancel();
        filler();
    }
}

fn ten_timeouts(live: usize) -> impl Fn() + Sync {
    let root = Ctx::background();
    let others: Vec<_> = (0..live).map(|_| root.with_timeout(HOUR)).collect();
    move || {
        let _others = &others;
        drop([(); 10].map(|()| root.with_timeout(HOUR)));
    }
}

fn chain(mut ctx: Ctx, depth: usize) -> Ctx {
    for _ in 0..depth {
        let (child, cancel) = ctx.with_cancel();
        cancel.detach();
        ctx = child;
    }
    ctx
}

fn background(depth: usize) {
    chain(Ctx::background(), depth);
}

fn open(depth: usize) {
    let (root, cancel) = Ctx::background().with_cancel();
    let _end = chain(root, depth);
    cancel.cancel();
}

fn closed(depth: usize) {
    let (root, cancel) = Ctx::background().with_cancel();
    cancel.cancel();
    chain(root, depth);
}

fn cancelled() -> Ctx {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel();
    ctx
}

fn value_in_a_task(depth: usize) -> Side {
    let ctx = deepen(Ctx::background(), depth);
    let runtime = one_thread();
    Box::new(move |meter, times| {
        meter.wall(|| {
            runtime.block_on(async {
                for _ in 0..times {
                    let ctx = ctx.clone();
                    let task = tokio::spawn(async move { ctx.value::<Name>().is_some() });
                    black_box(task.await.expect("a benchmark does not panic"));
                }
            });
        });
    })
}
