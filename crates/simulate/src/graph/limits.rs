//! Meta's sending rates as token buckets: one pair, and one number.

use std::collections::HashMap;

use jiff::Timestamp;

use super::GraphError;

/// Messages to one client at once, and the seconds that one more takes to earn (Meta: 1 per 6 s, burst 45).
const PAIR_BURST: f64 = 45.0;
const PAIR_SECONDS: f64 = 6.0;
/// Messages of one number a second (Meta: 80, and 20 for coexistence).
const NATIVE_A_SECOND: f64 = 20.0;
const INBOX_A_SECOND: f64 = 80.0;
/// Buckets remembered; the table starts anew beyond it.
const BUCKETS_MAX: usize = 20_000;

#[derive(Default)]
pub(super) struct Limits {
    buckets: HashMap<String, Bucket>,
}

struct Bucket {
    tokens: f64,
    at: Timestamp,
}

impl Limits {
    /// Takes one message off both buckets.
    pub(super) fn take(
        &mut self,
        number: &str,
        to: &str,
        native: bool,
        now: Timestamp,
    ) -> Result<(), GraphError> {
        if self.buckets.len() > BUCKETS_MAX {
            self.buckets.clear();
        }
        let rate = if native { NATIVE_A_SECOND } else { INBOX_A_SECOND };
        if !self.draw(number.to_owned(), rate, 1.0 / rate, now) {
            return Err(GraphError::throughput());
        }
        if !self.draw(format!("{number}/{to}"), PAIR_BURST, PAIR_SECONDS, now) {
            return Err(GraphError::pair_rate());
        }
        Ok(())
    }

    fn draw(&mut self, key: String, burst: f64, seconds_each: f64, now: Timestamp) -> bool {
        let bucket = self.buckets.entry(key).or_insert(Bucket { tokens: burst, at: now });
        let elapsed = now.duration_since(bucket.at).as_secs_f64().max(0.0);
        bucket.tokens = (bucket.tokens + elapsed / seconds_each).min(burst);
        bucket.at = now;
        let enough = bucket.tokens >= 1.0;
        if enough {
            bucket.tokens -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_a_burst_and_earns_one_message_in_six_seconds() {
        let mut limits = Limits::default();
        let now = Timestamp::UNIX_EPOCH;
        let later = |seconds| now + jiff::SignedDuration::from_secs(seconds);
        for place in 0..45 {
            assert!(limits.take("1", "2", false, now).is_ok(), "{place}");
        }
        assert_eq!(limits.take("1", "2", false, now).unwrap_err().code, 131_056);
        assert!(limits.take("1", "3", false, now).is_ok());
        assert!(limits.take("1", "2", false, later(5)).is_err());
        assert!(limits.take("1", "2", false, later(6)).is_ok());
    }

    #[test]
    fn a_coexistence_number_sends_twenty_a_second() {
        let mut limits = Limits::default();
        let now = Timestamp::UNIX_EPOCH;
        let refused = (0..25).filter(|to| limits.take("1", &to.to_string(), true, now).is_err()).count();
        assert_eq!(refused, 5);
    }
}
