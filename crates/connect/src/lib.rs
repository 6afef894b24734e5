//! Connectors: what arrives from outside is authenticated and read here, and what goes out is sent from here.
//!
//! ```
//! use aboveboard_connect::whatsapp::{self, signature};
//! use aboveboard_model::{item::Body, personal::Secret};
//!
//! let secrets = [Secret::new("the app's new secret"), Secret::new("the old one")];
//! let body = br#"{"entry":[{"id":"1","changes":[{"field":"hologram","value":{"new":true}}]}]}"#;
//! let header = signature::sign(body, &secrets[1]);
//! let signature = signature::Signature::parse(&header)?;
//! assert_eq!(signature::signer(body, &signature, &secrets), Some(1));
//! // Stored first; read afterwards. What is not known is kept.
//! let found = whatsapp::extract(body);
//! assert!(matches!(found.items[0].item.body, Body::Unknown { .. }) && !found.complete);
//! # Ok::<(), signature::NotASignature>(())
//! ```

pub mod export;
pub mod whatsapp;

/// A source of conversations that Aboveboard can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connector {
    /// The name in configuration, pages and URLs.
    pub name: &'static str,
    /// One line for people.
    pub title: &'static str,
}

/// All connectors, in the order in which people meet them.
pub const ALL: &[Connector] = &[whatsapp::CONNECTOR, EXPORT];

const EXPORT: Connector = Connector {
    name: "export",
    title: "Chats that a person exported from the WhatsApp app: self-reported, .txt or .zip.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connectors_have_names_of_their_own() {
        for (at, connector) in ALL.iter().enumerate() {
            assert!(!connector.title.is_empty());
            assert!(ALL[..at].iter().all(|other| other.name != connector.name), "{}", connector.name);
        }
    }
}
