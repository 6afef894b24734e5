//! JSON bytes as Meta writes them: every character beyond ASCII as `\uXXXX`, every slash as `\/`.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Serializer, Value, ser::Formatter};

struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        let mut units = [0u16; 2];
        while let Some(at) = rest.find(|c: char| c == '/' || !c.is_ascii()) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let mut after = rest[at..].chars();
            match after.next() {
                Some('/') | None => writer.write_all(b"\\/")?,
                Some(c) => {
                    for unit in c.encode_utf16(&mut units) {
                        write!(writer, "\\u{unit:04x}")?;
                    }
                }
            }
            rest = after.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

/// The exact bytes of a body. A receiver that re-serialises them gets another signature.
#[must_use]
pub fn to_bytes(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, Escaping);
    value.serialize(&mut serializer).expect("a vector takes every write and keys are strings");
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bytes_are_ascii_and_read_back_the_same() {
        let value = json!({"body": "Olá 🙂 http://x/y \u{202e}\"\\\n", "é": [1.5, null]});
        let bytes = to_bytes(&value);
        assert!(bytes.is_ascii());
        assert!(String::from_utf8_lossy(&bytes).contains("Ol\\u00e1 \\ud83d\\ude42 http:\\/\\/x\\/y"));
        assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value);
    }
}
