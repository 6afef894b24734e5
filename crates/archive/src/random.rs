//! Randomness as a parameter.

use std::io;

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Fills the buffer.
    ///
    /// # Errors
    /// When the source fails; no byte of the buffer may then be used.
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()>;
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        getrandom::fill(bytes).map_err(|error| io::Error::other(error.to_string()))
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
