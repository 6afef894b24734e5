//! From the words of a message to features: identifiers with their check digits, payees, handles, links, money, discounts, language.
//!
//! Pure and bounded: no clock, no files, no network; time and space linear in the text; no input panics.
//!
//! ```
//! use aboveboard_detect::derive;
//! use aboveboard_model::{document::Zone, features::Input};
//!
//! let text = "manda no meu pix, CPF 111.444.777-35, faço por R$ 1.350,00";
//! let features = derive(&Input { zones: vec![(Zone::Text, text)], country: Some("BR") });
//!
//! let seen: Vec<(&str, &str)> = features.sightings.iter().map(|s| (s.kind.as_str(), s.value.as_str())).collect();
//! assert_eq!(seen, [("BR_CPF", "11144477735"), ("PIX_KEY", "11144477735")]);
//! assert_eq!(features.money[0].amount, 1350.0);
//! ```

mod checks;
mod derive;
mod detectors;
mod discount;
mod domains;
mod findings;
mod labels;
mod language;
mod mask;
mod money;
mod plans;
mod reading;

pub use crate::derive::{ZONE_BYTES_MAX, derive};
pub use crate::detectors::{ALL as DETECTORS, Detector};
pub use crate::mask::mask;

/// Version of all detectors together: any change to what they find raises it, and folds derive again.
pub const VERSION: u32 = 2;
