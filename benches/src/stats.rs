//! Medians, and how sure they are.

/// A median and the interval in which it lies with 95 % confidence or more.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

/// The interval is the one of the sign test: it stands between two of the samples, whatever their
/// distribution.
pub(crate) fn spread(mut samples: Vec<f64>) -> Spread {
    samples.sort_by(f64::total_cmp);
    let outer = outside(samples.len());
    Spread {
        low: samples[outer],
        median: median_of_sorted(&samples),
        high: samples[samples.len() - 1 - outer],
    }
}

pub(crate) fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    median_of_sorted(&samples)
}

fn median_of_sorted(samples: &[f64]) -> f64 {
    let middle = samples.len() / 2;
    if samples.len() % 2 == 1 {
        samples[middle]
    } else {
        f64::midpoint(samples[middle - 1], samples[middle])
    }
}

/// How many of the sorted samples may be left out on each side: as long as so few heads in
/// `count` throws of a coin have a chance of at most 2.5 %.
fn outside(count: usize) -> usize {
    let mut chance = 0.5_f64.powi(i32::try_from(count).unwrap_or(i32::MAX));
    let mut sum = chance;
    let mut outer = 0;
    while sum <= 0.025 && outer + 1 < count / 2 {
        chance *= (count - outer) as f64 / (outer + 1) as f64;
        sum += chance;
        if sum <= 0.025 {
            outer += 1;
        } else {
            break;
        }
    }
    outer
}
