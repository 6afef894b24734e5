//! The journal's format and its evidence: frames, sealing, keys, Merkle tiles, proofs, verification; alone, the offline verifier.
//!
//! An entry is a public [`leaf::Leaf`] and sealed parts ([`seal`]). A [`journal::Journal`] keeps entries durably,
//! [`tiles::Integrator`] folds their leaves into C2SP tlog-tiles under a signed checkpoint, [`proof`] exports what a
//! court can check without us, [`verify`] finds any changed byte. Nothing here knows what a message is.
//!
//! ```
//! use aboveboard_archive::{aead::Key, journal::{Batch, Draft, FileJournal, Journal, Options}};
//! use aboveboard_archive::{fs::RealFs, leaf::{At, Kind, Rid}, random::SystemRandom, seal::{self, Parts}};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let journal = FileJournal::open(std::sync::Arc::new(RealFs::new(folder.path())), Options::default())?;
//! let parts = Parts::new().with("raw.json", br#"{"text":"hello"}"#.to_vec())?;
//! let about = seal::About {
//!     at: At::new("2026-11-21T09:35:00Z".parse()?)?,
//!     rid: Rid::from_random([7; 16]),
//!     kind: Kind::new("message.captured")?,
//! };
//! let key = Key::new([9; 32]);
//! let (leaf, sealed) = seal::seal(&parts, about, &key, &SystemRandom::default())?;
//! let index = journal.append(Batch::one(Draft { leaf, sealed, key_slot: 1, hashes: vec![] }))?;
//! let entry = journal.read(index)?;
//! assert_eq!(seal::open(&entry.leaf, entry.sealed.bytes()?, &key)?.parts, parts);
//! # Ok(()) }
//! ```

pub mod error;
pub mod fs;
pub mod random;

pub mod aead;
pub mod leaf;
pub mod seal;

pub mod blob;
pub mod keys;

pub mod journal;

pub mod note;
pub mod proof;
pub mod tiles;
pub mod tree;
pub mod verify;

pub mod backup;

pub use error::{Corruption, Error, Result};
