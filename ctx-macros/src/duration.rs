//! Durations as text: `"300ms"`, `"1m30s"`.

use std::time::Duration;

/// The units, with their length in nanoseconds.
const UNITS: [(&str, u64); 6] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads numbers with units, several in a row; says what is wrong with the text otherwise.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    if text.is_empty() {
        return Err(
            "an empty duration; write a number and a unit, as in \"300ms\" or \"1m30s\"".into(),
        );
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, tail) = split(rest, |c| !c.is_ascii_digit());
        let (unit, tail) = split(tail, |c| c.is_ascii_digit());
        let part = (number.parse().ok())
            .zip(UNITS.iter().find(|(name, _)| *name == unit))
            .map(|(number, &(_, nanos))| scaled(number, nanos))
            .ok_or_else(|| complaint(text, number, unit))?;
        total = part
            .and_then(|part| total.checked_add(part))
            .ok_or_else(|| format!("`{text}` is too long"))?;
        rest = tail;
    }
    Ok(total)
}

fn split(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

fn scaled(number: u64, nanos: u64) -> Option<Duration> {
    let total = u128::from(number) * u128::from(nanos);
    let seconds = u64::try_from(total / 1_000_000_000).ok()?;
    Some(Duration::new(seconds, (total % 1_000_000_000) as u32))
}

fn complaint(text: &str, number: &str, unit: &str) -> String {
    let wrong = if number.is_empty() {
        format!("`{text}` has no number before `{unit}`")
    } else if unit.is_empty() {
        format!("`{text}` has no unit after `{number}`")
    } else if number.parse::<u64>().is_err() {
        format!("`{number}` is too large")
    } else {
        format!("`{unit}` is no unit of time")
    };
    format!("{wrong}; write whole numbers with ns, us, ms, s, m or h, as in \"300ms\" or \"1m30s\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up() {
        assert_eq!(parse("300ms"), Ok(Duration::from_millis(300)));
        assert_eq!(parse("1h2m3s4ms5us6ns"), Ok(Duration::new(3723, 4_005_006)));
        assert_eq!(parse("0s"), Ok(Duration::ZERO));
        assert_eq!(
            parse("18446744073709551615s"),
            Ok(Duration::from_secs(u64::MAX))
        );
    }

    #[test]
    fn complaints_name_what_is_wrong() {
        for (text, complaint) in [
            ("", "an empty duration"),
            ("5", "no unit after `5`"),
            ("ms", "no number before `ms`"),
            ("-5s", "no number before `-`"),
            ("1.5s", "`.` is no unit"),
            ("5 s", "` s` is no unit"),
            ("3days", "`days` is no unit"),
            ("1m5", "no unit after `5`"),
            (
                "18446744073709551616ns",
                "`18446744073709551616` is too large",
            ),
            ("18446744073709551615h", "is too long"),
            ("18446744073709551615s1s", "is too long"),
        ] {
            let said = parse(text).unwrap_err();
            assert!(said.contains(complaint), "{text:?}: {said}");
        }
    }
}
