#[ctx_core::main]
fn main() {}

#[ctx_core::test]
fn test() {}

#[ctx_core::test]
struct S;
