//! One way to read text: normal form, tokens, and the way back to the bytes that were written.
//!
//! Query, index and detectors compare text in this normal form only, so that what one of them finds the others find.
//! Nothing here does I/O, everything is linear in its input, and no input panics.
//!
//! ```
//! use aboveboard_text::{normalise, Options};
//!
//! let written = "Ｐａｙ São\u{200b} Joao by РIХ: ١٢٣"; // full width, zero width, Cyrillic Р and Х, Arabic digits
//! let normal = normalise(written, Options::SEARCH);
//! assert_eq!(normal.text(), "pay sao joao by pix: 123");
//!
//! let words: Vec<&str> = normal.tokens().map(|token| token.text).collect();
//! assert_eq!(words, ["pay", "sao", "joao", "by", "pix", "123"]);
//!
//! let pix = normal.tokens().nth(4).expect("five tokens");
//! assert_eq!(&written[pix.span], "РIХ");
//! ```

mod classes;
mod fold;
mod line;
mod normal;
mod offsets;
mod tokens;

pub use crate::classes::is_unspaced;
pub use crate::fold::Options;
pub use crate::line::{LINE_PAD, Line, line_of_part, line_of_run, marks};
pub use crate::normal::{MARKS_MAX, Normal, TEXT_BYTES_MAX, normalise};
pub use crate::offsets::code_points;
pub use crate::tokens::{TOKEN_BYTES_MAX, Token, TokenKind, Tokens};
