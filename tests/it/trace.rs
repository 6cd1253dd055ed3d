//! `Error::trace`: which annotated fns were cut off, innermost first.

use std::{future, time::Duration};

use ctx_core::{Ctx, Error, cancellable};
use futures::{StreamExt, stream::FuturesUnordered};
use tokio::task::JoinHandle;

use crate::support::{advance, ms};

#[cancellable]
async fn inner() -> Result<(), Error> {
    future::pending().await
}

#[cancellable]
async fn middle() -> Result<(), Error> {
    inner(ctx).await
}

#[cancellable]
async fn outer() -> Result<(), Error> {
    middle(ctx).await
}

fn names(err: &Error) -> Vec<&'static str> {
    err.trace().iter().map(|frame| frame.name()).collect()
}

fn short() -> Ctx {
    Ctx::background().with_timeout(ms(10))
}

#[tokio::test(start_paused = true)]
async fn it_names_the_fns_that_were_cut_off_innermost_first() {
    let err = outer(&short()).await.expect_err("cut off");
    assert_eq!(names(&err), ["inner", "middle", "outer"]);
}

#[tokio::test(start_paused = true)]
async fn each_frame_knows_where_its_fn_stands() {
    let err = outer(&short()).await.expect_err("cut off");
    let places: Vec<_> = err.trace().iter().map(|frame| frame.location()).collect();
    assert!(places.iter().all(|place| place.file() == file!()));
    assert!(
        places.is_sorted_by_key(|place| place.line()),
        "as they are declared above"
    );
    assert!(places.iter().all(|place| place.line() < line!()));
}

const LINE: u32 = line!();

#[cancellable(crate = ::ctx_core)]
async fn elsewhere() -> Result<(), Error> {
    future::pending().await
}

#[tokio::test(start_paused = true)]
async fn a_frame_stands_at_the_name_of_its_fn_wherever_the_crate_is() {
    let err = elsewhere(&short()).await.expect_err("cut off");
    let place = err.trace()[0].location();
    assert_eq!((place.line(), place.column()), (LINE + 3, 10));
}

struct Shard;

#[cancellable]
impl Shard {
    async fn query(&self) -> Result<(), Error> {
        self.read(ctx).await
    }

    async fn read(&self) -> Result<(), Error> {
        future::pending().await
    }
}

const READ: (u32, u32) = (line!() - 5, 14);

#[tokio::test(start_paused = true)]
async fn a_fn_stands_where_its_name_does_in_an_annotated_block_too() {
    let err = Shard.query(&short()).await.expect_err("cut off");
    let places: Vec<_> = err.trace().iter().map(|frame| frame.location()).collect();
    assert_eq!((places[0].line(), places[0].column()), READ);
    assert_eq!((places[1].line(), places[1].column()), (READ.0 - 4, READ.1));
}

#[cancellable]
#[must_use = "it is an attribute"]
async fn attributed<T: Default>() -> Result<T, Error> {
    with_an_option(ctx).await.map(|()| T::default())
}

#[cancellable(timeout = "1h")]
async fn with_an_option() -> Result<(), Error> {
    future::pending().await
}

const WITH_AN_OPTION: (u32, u32) = (line!() - 4, 10);

#[tokio::test(start_paused = true)]
async fn so_does_one_with_options_or_other_attributes() {
    let err = attributed::<u8>(&short()).await.expect_err("cut off");
    assert_eq!(names(&err), ["with_an_option", "attributed"]);
    let places: Vec<_> = err.trace().iter().map(|frame| frame.location()).collect();
    assert!(places.iter().all(|place| place.file() == file!()));
    let (line, column) = WITH_AN_OPTION;
    assert_eq!((places[0].line(), places[0].column()), (line, column));
    assert_eq!((places[1].line(), places[1].column()), (line - 5, column));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_was_only_looked_at_has_none() {
    let ctx = short();
    advance(10).await;
    assert!(ctx.err().expect("done").trace().is_empty());
    assert!(ctx.check().expect_err("done").trace().is_empty());
    assert!(ctx.done().await.trace().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_trace_of_one_call_is_not_seen_on_the_context_nor_by_another() {
    let ctx = short();
    let (one, two) = tokio::join!(outer(&ctx), inner(&ctx));
    assert_eq!(
        names(&one.expect_err("cut off")),
        ["inner", "middle", "outer"]
    );
    assert_eq!(names(&two.expect_err("cut off")), ["inner"]);
    assert!(ctx.err().expect("done").trace().is_empty());
}

#[tokio::test(start_paused = true)]
async fn calls_beside_it_are_not_in_it() {
    #[cancellable]
    async fn joins() -> Result<(), Error> {
        let (one, two) = tokio::join!(middle(ctx), inner(ctx));
        assert_eq!(names(&two.expect_err("cut off")), ["inner", "joins"]);
        one
    }
    let err = joins(&short()).await.expect_err("cut off");
    assert_eq!(names(&err), ["inner", "middle", "joins"]);
}

#[tokio::test(start_paused = true)]
async fn calls_in_futures_unordered_have_their_callers_in_it() {
    #[cancellable]
    async fn collects() -> Result<Vec<Vec<&'static str>>, Error> {
        let all: FuturesUnordered<_> = [middle(ctx), middle(ctx)].into_iter().collect();
        Ok(all
            .map(|result| names(&result.expect_err("cut off")))
            .collect()
            .await)
    }
    let all = collects(&short()).await.expect("the body was ready");
    assert_eq!(
        all,
        [
            ["inner", "middle", "collects"],
            ["inner", "middle", "collects"]
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_spawned_task_begins_anew() {
    #[cancellable]
    async fn spawns() -> Result<JoinHandle<Result<(), Error>>, Error> {
        let task = ctx.spawn(|ctx| async move { middle(&ctx).await });
        tokio::task::yield_now().await;
        Ok(task)
    }
    let task = spawns(&short()).await.expect("not done yet");
    let err = task.await.expect("no panic").expect_err("cut off");
    assert_eq!(names(&err), ["inner", "middle"]);
}

#[tokio::test(start_paused = true)]
async fn a_fn_whose_own_timeout_is_up_is_the_last_in_it() {
    #[cancellable(timeout = "5ms")]
    async fn narrow() -> Result<(), Error> {
        middle(ctx).await
    }
    #[cancellable]
    async fn wide() -> Result<Vec<&'static str>, Error> {
        Ok(names(&narrow(ctx).await.expect_err("cut off")))
    }
    let seen = wide(&Ctx::background()).await.expect("not done");
    assert_eq!(seen[..3], ["inner", "middle", "narrow"]);
}

#[tokio::test(start_paused = true)]
async fn the_report_names_the_fns_too() {
    let report = outer(&short())
        .await
        .expect_err("cut off")
        .report()
        .to_string();
    let places = ["inner", "middle", "outer"].map(|name| report.find(name).expect("named"));
    assert!(places.is_sorted(), "innermost first:\n{report}");
}

#[tokio::test(start_paused = true)]
async fn work_that_was_cut_off_without_annotated_fns_has_none() {
    let result = short()
        .run(tokio::time::sleep(Duration::from_secs(60)))
        .await;
    assert!(result.expect_err("cut off").trace().is_empty());
}
