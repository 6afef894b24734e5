//! Randomness as a parameter.

use std::io;
use std::sync::{Mutex, PoisonError};

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use zeroize::Zeroize;

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Fills the buffer.
    ///
    /// # Errors
    /// When the source fails; no byte of the buffer may then be used.
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()>;
}

/// Bytes drawn ahead.
const AHEAD_BYTES: usize = 4096;
/// Pages drawn from one seed of the operating system.
const PAGES_MAX: u32 = 256;

/// The operating system's generator, stretched: ChaCha20 under a seed that it gave makes a page at a time and with it
/// the next seed ("fast key erasure", D. J. Bernstein 2017). A byte is wiped as it is handed out, a seed as it is used,
/// so that what is in memory says nothing of keys that were made before. After 1 MiB the system is asked again.
#[derive(Default)]
pub struct SystemRandom {
    drawn: Mutex<Drawn>,
}

#[derive(Default)]
struct Drawn {
    seed: [u8; 32],
    pages_left: u32,
    ahead: Vec<u8>,
}

impl Drawn {
    fn next_page(&mut self) -> io::Result<()> {
        if self.pages_left == 0 {
            ask(&mut self.seed)?;
            self.pages_left = PAGES_MAX;
        }
        self.pages_left -= 1;
        let mut stream = ChaCha20::new(&self.seed.into(), &[0; 12].into());
        self.seed = [0; 32];
        stream.apply_keystream(&mut self.seed);
        self.ahead.clear();
        self.ahead.resize(AHEAD_BYTES, 0);
        stream.apply_keystream(&mut self.ahead);
        Ok(())
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        self.seed.zeroize();
        self.ahead.zeroize();
    }
}

fn ask(bytes: &mut [u8]) -> io::Result<()> {
    getrandom::fill(bytes).map_err(|error| io::Error::other(error.to_string()))
}

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        if bytes.len() > AHEAD_BYTES {
            return ask(bytes);
        }
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.ahead.len() < bytes.len() {
            drawn.next_page()?;
        }
        let left = drawn.ahead.len() - bytes.len();
        bytes.copy_from_slice(&drawn.ahead[left..]);
        drawn.ahead[left..].zeroize();
        drawn.ahead.truncate(left);
        Ok(())
    }
}

impl<F: Fn(&mut [u8]) + Send + Sync> Random for F {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        self(bytes);
        Ok(())
    }
}

/// Draws a fixed number of bytes.
///
/// # Errors
/// As `Random::fill`.
pub fn draw<const N: usize>(random: &dyn Random) -> crate::Result<[u8; N]> {
    use crate::error::Doing;
    let mut bytes = [0; N];
    random.fill(&mut bytes).doing("draw random bytes from", "the generator")?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nothing_is_handed_out_twice_or_left_behind() {
        let random = SystemRandom::default();
        let mut seen = HashSet::new();
        // More than one seed of the system lasts.
        for _ in 0..(PAGES_MAX as usize + 2) * AHEAD_BYTES / 32 {
            assert!(seen.insert(draw::<32>(&random).unwrap()));
        }
        let drawn = random.drawn.lock().unwrap();
        let unused = drawn.ahead.len();
        assert!(
            seen.iter().all(|out| !drawn.ahead.windows(32).any(|bytes| bytes == out)),
            "{unused} bytes ahead"
        );
        assert!(!seen.contains(&drawn.seed));
    }

    #[test]
    fn a_long_draw_is_the_systems_own() {
        let mut bytes = vec![0; AHEAD_BYTES + 1];
        SystemRandom::default().fill(&mut bytes).unwrap();
        assert!(bytes.iter().filter(|byte| **byte == 0).count() < 100);
    }
}
