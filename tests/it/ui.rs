//! What compiles, and what must not. Run with `TRYBUILD=overwrite` to write the messages anew.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/fail/*.rs");
}
