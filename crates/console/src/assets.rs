//! Style, script and symbols: in the program, at addresses that change with their bytes.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// Hexadecimal digits of the hash in an address.
const HASH_DIGITS: usize = 8;

/// A file that browsers may keep for ever.
pub(crate) struct Asset {
    /// `/assets/app.01234567.css`.
    pub(crate) path: String,
    pub(crate) mime: &'static str,
    pub(crate) text: &'static str,
}

impl Asset {
    fn new(name: &str, extension: &str, mime: &'static str, text: &'static str) -> Self {
        let hash = hex::encode(Sha256::digest(text.as_bytes()));
        Self { path: format!("/assets/{name}.{}.{extension}", &hash[..HASH_DIGITS]), mime, text }
    }
}

/// The style sheet.
pub(crate) static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("app", "css", "text/css; charset=utf-8", include_str!("../assets/app.css")));
/// The script.
pub(crate) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("app", "js", "text/javascript; charset=utf-8", include_str!("../assets/app.js"))
});
/// The symbols.
pub(crate) static ICONS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icons", "svg", "image/svg+xml", include_str!("../assets/icons.svg")));
/// The product's mark.
pub(crate) static MARK: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("mark", "svg", "image/svg+xml", include_str!("../assets/mark.svg")));

/// The asset at an address.
pub(crate) fn find(path: &str) -> Option<&'static Asset> {
    [&*STYLE, &*SCRIPT, &*ICONS, &*MARK].into_iter().find(|asset| asset.path == path)
}

/// Whether the sprite has a symbol.
#[cfg(test)]
pub(crate) fn has_icon(name: &str) -> bool {
    ICONS.text.contains(&format!("id=\"{name}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE_BYTES_MAX: usize = 40_000;
    const SCRIPT_BYTES_MAX: usize = 20_000;
    const SCRIPT_LINES_MAX: usize = 400;
    const SYMBOLS_MIN: usize = 24;

    #[test]
    fn an_address_changes_with_the_bytes() {
        let one = Asset::new("app", "css", "text/css", "a");
        let other = Asset::new("app", "css", "text/css", "b");
        assert_ne!(one.path, other.path);
        assert!(find(&STYLE.path).is_some() && find("/assets/app.css").is_none());
    }

    #[test]
    fn assets_stay_small() {
        assert!(STYLE.text.len() <= STYLE_BYTES_MAX, "style: {} bytes", STYLE.text.len());
        assert!(SCRIPT.text.len() <= SCRIPT_BYTES_MAX, "script: {} bytes", SCRIPT.text.len());
        assert!(SCRIPT.text.lines().count() <= SCRIPT_LINES_MAX);
        assert!(ICONS.text.matches("<symbol ").count() >= SYMBOLS_MIN);
    }

    #[test]
    fn nothing_is_fetched_from_elsewhere_and_nothing_is_evaluated() {
        for forbidden in ["@import", "url(http", "//cdn", "eval(", "new Function", "document.write"] {
            assert!(!STYLE.text.contains(forbidden) && !SCRIPT.text.contains(forbidden), "{forbidden}");
        }
    }
}
