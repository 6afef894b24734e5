//! When to try again: a pure function of what failed, how often, and since when.

use std::time::Duration;

use jiff::Timestamp;

use super::error::Class;

/// How long Meta keeps a file that a webhook named. After that nobody can fetch it.
pub const KEPT_BY_META: Duration = Duration::from_secs(7 * 24 * 60 * 60);

const RETRY_FIRST: Duration = Duration::from_secs(5);
const RETRY_LAST: Duration = Duration::from_secs(4 * 60 * 60);
/// Meta's advice for a pair limit is to wait 4^n seconds.
const THROTTLE_FIRST: Duration = Duration::from_secs(4);
const THROTTLE_LAST: Duration = Duration::from_secs(60 * 60);
const AUTH_FIRST: Duration = Duration::from_secs(10 * 60);
const AUTH_LAST: Duration = Duration::from_secs(6 * 60 * 60);

/// How long to wait after the attempt of that number (1 is the first) failed with that class; `None` when it is over: it
/// would never succeed, or the file is no longer kept. Waits grow with each attempt and are spread by up to a quarter,
/// so that what failed together does not come back together; the spread follows from the arguments alone.
pub fn next_attempt(
    class: Class,
    attempt: u32,
    first_seen_at: Timestamp,
    now: Timestamp,
) -> Option<Duration> {
    let (first, factor, last) = match class {
        Class::Retry => (RETRY_FIRST, 3, RETRY_LAST),
        Class::Throttle => (THROTTLE_FIRST, 4, THROTTLE_LAST),
        Class::Auth => (AUTH_FIRST, 2, AUTH_LAST),
        Class::Never | Class::Gone => return None,
    };
    let grown =
        u32::checked_pow(factor, attempt.saturating_sub(1)).and_then(|times| first.checked_mul(times));
    let wait = grown.unwrap_or(last).min(last);
    let wait = wait + wait.mul_f64(spread(first_seen_at, attempt) / 4.0);
    let age = Duration::try_from(now.duration_since(first_seen_at)).unwrap_or_default();
    (age.checked_add(wait)? <= KEPT_BY_META).then_some(wait)
}

/// A number from 0 to 1 that differs from file to file and from attempt to attempt (splitmix64).
fn spread(first_seen_at: Timestamp, attempt: u32) -> f64 {
    let seed = (first_seen_at.as_nanosecond() as u64) ^ (u64::from(attempt) << 48);
    let mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed >> 33) as f64 / f64::from(1u32 << 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// All waits until it is over.
    fn waits(class: Class, first_seen: i64) -> Vec<Duration> {
        let (mut now, mut waits) = (at(first_seen), Vec::new());
        while let Some(wait) = next_attempt(class, waits.len() as u32 + 1, at(first_seen), now) {
            now += jiff::SignedDuration::try_from(wait).unwrap();
            waits.push(wait);
            assert!(waits.len() < 10_000, "it must end");
        }
        waits
    }

    #[test]
    fn what_can_never_succeed_is_not_tried_again() {
        assert_eq!(next_attempt(Class::Never, 1, at(0), at(0)), None);
        assert_eq!(next_attempt(Class::Gone, 1, at(0), at(0)), None);
    }

    #[test]
    fn attempts_go_on_for_seven_days_and_no_longer() {
        for class in [Class::Retry, Class::Throttle, Class::Auth] {
            let total: Duration = waits(class, 1_700_000_000).iter().sum();
            assert!(total <= KEPT_BY_META, "{class:?}");
            assert!(
                total > KEPT_BY_META - Duration::from_secs(8 * 60 * 60),
                "{class:?} gave up after {total:?}"
            );
        }
    }

    #[test]
    fn the_first_retry_comes_within_seconds_and_a_wrong_token_is_not_hammered() {
        assert!(waits(Class::Retry, 5)[0] < Duration::from_secs(10));
        assert!(waits(Class::Auth, 5)[0] >= AUTH_FIRST);
        assert!(waits(Class::Auth, 5).len() < 60);
    }

    proptest! {
        #[test]
        fn a_wait_is_never_zero_and_never_passes_the_end(
            attempt: u32, first in 0i64..4_000_000_000, age in 0i64..1_000_000,
        ) {
            for class in [Class::Retry, Class::Throttle, Class::Auth] {
                if let Some(wait) = next_attempt(class, attempt, at(first), at(first + age)) {
                    prop_assert!(wait >= THROTTLE_FIRST);
                    prop_assert!(Duration::from_secs(age as u64) + wait <= KEPT_BY_META);
                }
            }
        }
    }
}
