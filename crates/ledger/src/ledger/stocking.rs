//! How many delivery keys are kept ready: as many as bursts have used, made in small steps, so that nobody waits behind
//! thousands of them.

use std::time::Duration;

/// Delivery keys kept ready at first; twice as many whenever most of them were used up.
const KEYS_MIN: usize = 64;
/// Delivery keys kept ready at most.
const KEYS_MAX: usize = 4096;
/// Keys made at once: with one sync, in less than a millisecond.
const STEP_KEYS: usize = 512;
/// How often is looked whether enough are ready.
const EVERY: Duration = Duration::from_millis(20);
/// How soon is looked again where many are used.
const EVERY_BUSY: Duration = Duration::from_millis(5);

/// How the stock is filled.
pub(super) struct Stocking {
    target: usize,
    busy: bool,
}

impl Default for Stocking {
    fn default() -> Self {
        Self { target: KEYS_MIN, busy: false }
    }
}

impl Stocking {
    /// Given how many keys are ready, says how many should be: at least as many.
    pub fn next(&mut self, ready: usize) -> usize {
        if ready < self.target / 4 {
            self.target = KEYS_MAX.min(self.target * 2);
        }
        let missing = self.target.saturating_sub(ready);
        self.busy = missing >= STEP_KEYS;
        if self.busy || missing > self.target / 2 { ready + missing.min(STEP_KEYS) } else { ready }
    }

    /// When to look again.
    pub fn wait(&self) -> Duration {
        if self.busy { EVERY_BUSY } else { EVERY }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_use_makes_keys_seldom_and_many_at_once() {
        let mut stocking = Stocking::default();
        let full = stocking.next(0);
        assert_eq!(full, 2 * KEYS_MIN, "none was ready");
        for ready in (full / 2..=full).rev() {
            assert_eq!(stocking.next(ready), ready, "{ready} are enough");
            assert_eq!(stocking.wait(), EVERY);
        }
        assert_eq!(stocking.next(full / 2 - 1), full);
    }

    #[test]
    fn a_burst_raises_what_is_kept_up_to_a_bound_in_steps_until_it_is_full() {
        let mut stocking = Stocking::default();
        for _ in 0..20 {
            assert!(stocking.next(0) <= STEP_KEYS);
        }
        let mut ready = 0;
        while ready < KEYS_MAX {
            assert_eq!(stocking.wait(), EVERY_BUSY);
            let next = stocking.next(ready);
            assert!(next - ready <= STEP_KEYS);
            ready = next;
        }
        assert_eq!(ready, KEYS_MAX);
    }
}
