use ctx_core::{Error, cancellable};

#[cancellable]
async fn behind_a_name(a: u8, (a, b): (u8, u8)) -> Result<u8, Error> {
    Ok(a + b)
}

#[cancellable]
async fn by_two_patterns((a, c): (u8, u8), (a, b): (u8, u8)) -> Result<u8, Error> {
    Ok(a + b + c)
}

#[cancellable]
async fn before_a_name((x, _): (u8, u8), x: u8) -> Result<u8, Error> {
    Ok(x)
}

#[cancellable]
async fn mutably(mut a: u8, (b, a): (u8, u8)) -> Result<u8, Error> {
    a += b;
    Ok(a)
}

#[cancellable]
async fn by_two_names(a: u8, a: u8) -> Result<u8, Error> {
    Ok(a)
}

#[cancellable]
async fn by_one_pattern((a, a): (u8, u8)) -> Result<u8, Error> {
    Ok(a)
}

// Two names, however they are spelt.
macro_rules! beside_a_macros_own {
    ($a:ident) => {
        #[cancellable]
        async fn two(a: u8, ($a, _): (u8, u8)) -> Result<u8, Error> {
            Ok(a + $a)
        }
    };
}
beside_a_macros_own!(a);

fn main() {}
