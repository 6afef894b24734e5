//! The detectors, one file for each family of identifiers, in reading order.

use crate::{findings::Findings, reading::Reading};

mod addresses;

pub(crate) mod aadhaar;
pub(crate) mod bitcoin;
pub(crate) mod br_code;
pub(crate) mod card;
pub(crate) mod cnpj;
pub(crate) mod cpf;
pub(crate) mod email;
pub(crate) mod iban;
pub(crate) mod pan;
pub(crate) mod paypal;
pub(crate) mod phone;
pub(crate) mod pix_key;
pub(crate) mod social;
pub(crate) mod sort_account;
pub(crate) mod upi;
pub(crate) mod url;

/// One detector: what it is called, which kinds it gives, and how it looks.
#[derive(Clone, Copy)]
pub struct Detector {
    /// Its name: its file under `src/detectors/` and its folder under `tests/golden/`.
    pub name: &'static str,
    /// The kinds of sighting it gives, as the manual spells them.
    pub kinds: &'static [&'static str],
    pub(crate) detect: fn(&Reading, &mut Findings),
}

impl std::fmt::Debug for Detector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Detector").field("name", &self.name).field("kinds", &self.kinds).finish()
    }
}

/// All detectors. A later one may use what an earlier one found: the PIX key comes after all that can be one.
pub const ALL: &[Detector] = &[
    Detector { name: "url", kinds: &["URL", "PHONE", "SOCIAL_HANDLE"], detect: url::detect },
    Detector { name: "email", kinds: &["EMAIL"], detect: email::detect },
    Detector { name: "upi", kinds: &["UPI"], detect: upi::detect },
    Detector { name: "paypal", kinds: &["PAYPAL_ME"], detect: paypal::detect },
    Detector { name: "social", kinds: &["SOCIAL_HANDLE"], detect: social::detect },
    Detector { name: "iban", kinds: &["IBAN"], detect: iban::detect },
    Detector { name: "br_code", kinds: &["BR_CODE", "PIX_KEY"], detect: br_code::detect },
    Detector { name: "bitcoin", kinds: &["BTC"], detect: bitcoin::detect },
    Detector { name: "card", kinds: &["CARD"], detect: card::detect },
    Detector { name: "aadhaar", kinds: &["IN_AADHAAR"], detect: aadhaar::detect },
    Detector { name: "pan", kinds: &["IN_PAN"], detect: pan::detect },
    Detector { name: "cnpj", kinds: &["BR_CNPJ"], detect: cnpj::detect },
    Detector { name: "cpf", kinds: &["BR_CPF"], detect: cpf::detect },
    Detector { name: "sort_account", kinds: &["GB_SORT_ACCOUNT"], detect: sort_account::detect },
    Detector { name: "phone", kinds: &["PHONE"], detect: phone::detect },
    Detector { name: "pix_key", kinds: &["PIX_KEY"], detect: pix_key::detect },
];
