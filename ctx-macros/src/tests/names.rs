//! What uses a parameter, and what only has its name.

use proc_macro2::{Delimiter, Group, Ident, Span};

use crate::names::Code;

fn code(body: &str) -> Code {
    let tokens = body.parse().expect("these are tokens");
    Code::from(Group::new(Delimiter::Brace, tokens))
}

fn is_used(body: &str) -> bool {
    code(body).uses(&Ident::new("name", Span::call_site()))
}

#[test]
fn what_only_looks_like_the_name_is_no_use() {
    for body in [
        "",
        "names + the_name",
        "x.name + x.name() + x . name",
        "Store { name: 1 }",
        "let Store { name: n } = store;",
        "if let Store { name: Some(n), .. } = store {}",
        "name::open() + other::name + other::name(1)",
        "name::<u32>(1)",
        "name!(1) + name! { 2 }",
        "'name: loop { break 'name; }",
        "fn name() {} x",
        "fn inner(name: u32) -> u32 { name + 1 } inner(1)",
        "impl Inner { fn of(&self, name: u32) -> u32 { name } fn name(&self); }",
        "open(\"name\") + \"a name\".len()",
        "open(b\"name\", 'n')",
        "|name: u32| 1",
        "let name: u32;",
        "let name = 1; name + 1",
        "let r#name = 1; Store { r#name: 2 }",
        "let mut name: u32 = 1; name += 1; println!(\"{name}\")",
        "x; let name = 1; name",
        "if x {} let name = 1; name",
        "if x { let name = 1; name } else { 2 }",
        "let Some(x) = y else { let name = 1; return name; };",
    ] {
        assert!(!is_used(body), "{body}");
    }
}

#[test]
fn what_is_never_reached_is_no_use() {
    for body in [
        "todo!(); name",
        "let x = 1; return Ok(x); name",
        "panic!(\"no {x};\", ); name",
        "if x { 1 } else { 2 } unimplemented!(); name",
        "return f(|| { x; y }); name",
        "loop { x; if y { continue; } } name",
        "x; loop {}; name",
        "x; 'a: loop { y } name",
    ] {
        assert!(!is_used(body), "{body}");
    }
    for body in [
        "todo!(\"{name}\"); 1",
        "name; todo!(); 1",
        "if x { return 1; } name",
        "let y = x.ok_or_else(|| panic!())?; name",
        "return f(|| { x; name }); 1",
        "#[cfg(any())] return 1; name",
        "f(\"; return 1;\", name)",
        "let x = f(\"{ \\\"; return 1;\"); name",
        "my::todo!(); name",
        "loop { break; } name",
        "loop { select! { x = y => break } } name",
        "loop { may_break!(); } name",
        "loop { f(\"}\"); if x { break; } } name",
        "loop { name } x",
        "let x = loop { break 1; }; name",
    ] {
        assert!(is_used(body), "{body}");
    }
}

#[test]
fn whatever_may_be_a_use_is_one() {
    for body in [
        "name",
        "r#name",
        "name.len()",
        "name != 1",
        "f(&name, &mut name)",
        "Store { name }",
        "Store { name: name }",
        "Store { name: 1, other: name }",
        "let Store { name: n } = Store { name };",
        "match x { 1 => name, _ => 2 }",
        "match x { y if y == name => 1, _ => 2 }",
        "x..name",
        "[..name]",
        "x..=name",
        "x as u32 + name as u32",
        "let x: u32 = name;",
        "let name = name + 1;",
        "let mut name = name;",
        "let Some(name) = name else { return };",
        "name; let name = 1;",
        "{ let name = 1; } name",
        "let x = { let name = 1; name }; name",
        "fn inner(name: u32) {} inner(name)",
        "fn name(); name",
        "#[cfg(any())] let name = 1; name",
        "if let name = 1 {} name",
        "let name @ 1 = x; name",
        "let name::Other = x; name",
        "println!(\"{name}\")",
        "println!(\"{name:?} {}\", x)",
        "println!(\"{:>name$}\", x)",
        "json!({ name: 1 })",
        "select! { name = f() => 1 }",
        "m!(let name = 1; name)",
        "m! { x: [\"{name}\"] }",
        "macro_rules! m { () => { name } } let name = 1; m!()",
        "#[instrument(name)] fn inner() {}",
        "if !{ name } {}",
        "|| name",
        "async move { name }",
        "'name: loop { break 'name name; }",
        "open(\"name\", name)",
        "'\"'; name",
    ] {
        assert!(is_used(body), "{body}");
    }
}

#[test]
fn a_body_that_never_goes_on_ends_early_where_more_is_behind_it() {
    for body in [
        "return; x",
        "loop { x!(); } y",
        "if x { loop {} y } z",
        "'a: loop { continue 'a; } y",
    ] {
        assert!(code(body).ends_early, "{body}");
    }
    for body in [
        "x; return;",
        "loop { x }",
        "loop { break; } y",
        "'a: loop { break 'a; } y",
        "let x = 'a: loop { y }; z",
        "x; loop {};",
    ] {
        assert!(!code(body).ends_early, "{body}");
    }
}

#[test]
fn patterns_that_may_not_match_are_found() {
    for body in [
        "match x { 1 => 2 }",
        "let y = match x { _ => 2 };",
        "let Some(x) = y;",
        "let (Some(x), y) = z; 1",
        "let [x, y] = z;",
        "let &[x, ref y] = z;",
        "let api::Event::Key { code } = z;",
        "if x { let Ok(x) = y; }",
        "let x = y; let Ok(x) = x; z",
    ] {
        assert!(code(body).may_not_match, "{body}");
    }
    for body in [
        "matches!(x, Y)",
        "let x = Some(1);",
        "let x = [y]; x[Y] = 1;",
        "let x = Some(y) == z;",
        "let mut x: Vec<u8> = y;",
        "let (x, y) = Z;",
        "let Some(x) = y else { return };",
        "if let Some(x) = y {}",
        "while let Some(x) = y {}",
        "if x && let Some(x) = y {}",
        "select! { x = f() => x }",
    ] {
        assert!(!code(body).may_not_match, "{body}");
    }
}
