//! Randomness as a parameter.

use std::io;
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroize;

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Fills the buffer.
    ///
    /// # Errors
    /// When the source fails; no byte of the buffer may then be used.
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()>;
}

/// Bytes asked of the operating system at once.
const DRAWN_BYTES: usize = 4096;

/// The operating system's generator, asked for a page at a time; a byte is wiped as it is handed out.
#[derive(Default)]
pub struct SystemRandom {
    drawn: Mutex<Vec<u8>>,
}

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        let ask =
            |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|error| io::Error::other(error.to_string()));
        if bytes.len() > DRAWN_BYTES {
            return ask(bytes);
        }
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.len() < bytes.len() {
            drawn.resize(DRAWN_BYTES, 0);
            if let Err(error) = ask(&mut drawn) {
                drawn.clear();
                return Err(error);
            }
        }
        let left = drawn.len() - bytes.len();
        bytes.copy_from_slice(&drawn[left..]);
        drawn[left..].zeroize();
        drawn.truncate(left);
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
