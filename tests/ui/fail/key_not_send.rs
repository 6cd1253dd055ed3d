use std::cell::RefCell;
use std::rc::Rc;

ctx_core::ctx_key! {
    struct Shared(Rc<u8>);
    struct Changed(RefCell<u8>);
}

fn main() {}
