//! The recipes assert what they show, so each only has to end well.

#[path = "common/program.rs"]
mod program;

use std::process::Command;

fn ends_well(recipe: &str) {
    let output = Command::new(program::program(recipe)).output();
    let output = output.expect("the recipe starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{recipe}: {errors}");
}

#[test]
fn cancel_ends_well() {
    ends_well("cancel");
}

#[test]
fn deadline_ends_well() {
    ends_well("deadline");
}

#[test]
fn values_ends_well() {
    ends_well("values");
}

#[test]
fn fan_out_ends_well() {
    ends_well("fan_out");
}

#[test]
fn retry_ends_well() {
    ends_well("retry");
}

#[test]
fn transaction_ends_well() {
    ends_well("transaction");
}

#[test]
fn replicas_ends_well() {
    ends_well("replicas");
}

#[test]
fn hedged_ends_well() {
    ends_well("hedged");
}

#[test]
fn accept_loop_ends_well() {
    ends_well("accept_loop");
}
