//! Pictures of pages, in two sizes of screen and two schemes of colour.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{packed::packed, visitor::Visitor};

/// A screen, in CSS pixels.
#[derive(Debug)]
pub(super) struct Size {
    pub width: u32,
    pub height: u32,
}

/// A desk and a hand.
pub(super) const SIZES: &[Size] = &[Size { width: 1280, height: 800 }, Size { width: 390, height: 844 }];

/// What a person has set for all pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Light,
    Dark,
}

pub(super) const SCHEMES: &[Scheme] = &[Scheme::Light, Scheme::Dark];

/// A page that is longer is cut.
const SCREENS_MAX: f64 = 4.0;
/// Of the picture's format; more shows nothing more.
const QUALITY: u32 = 82;

impl Scheme {
    pub(super) fn name(self) -> &'static str {
        match self {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        }
    }
}

/// Gives the visitor a screen and a scheme; nothing moves on it.
pub(super) async fn set(visitor: &Visitor, size: &Size, scheme: Scheme) {
    let screen =
        json!({ "width": size.width, "height": size.height, "deviceScaleFactor": 1, "mobile": false });
    tell(visitor, "Emulation.setDeviceMetricsOverride", screen).await;
    let features = json!([
        { "name": "prefers-color-scheme", "value": scheme.name() },
        { "name": "prefers-reduced-motion", "value": "reduce" },
    ]);
    tell(visitor, "Emulation.setEmulatedMedia", json!({ "features": features })).await;
}

/// The whole page as a WebP.
pub(super) async fn picture(visitor: &Visitor, size: &Size) -> Vec<u8> {
    let height = visitor.read("return document.documentElement.scrollHeight").await.as_f64().unwrap();
    let height = height.clamp(f64::from(size.height), SCREENS_MAX * f64::from(size.height));
    let clip = json!({ "x": 0, "y": 0, "width": size.width, "height": height, "scale": 1 });
    let wanted = json!({ "format": "webp", "quality": QUALITY, "captureBeyondViewport": true, "clip": clip });
    let answer = tell(visitor, "Page.captureScreenshot", wanted).await;
    BASE64_STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
}

/// The upper part of what is on a desk's screen, as a PNG.
pub(super) async fn screen(visitor: &Visitor) -> Vec<u8> {
    let clip = json!({ "x": 0, "y": 0, "width": SIZES[0].width, "height": 720, "scale": 1 });
    let answer = tell(visitor, "Page.captureScreenshot", json!({ "format": "png", "clip": clip })).await;
    packed(&BASE64_STANDARD.decode(answer["data"].as_str().unwrap()).unwrap())
}

async fn tell(visitor: &Visitor, what: &str, parameters: Value) -> Value {
    visitor.driver().cdp().send_raw(what, parameters).await.unwrap()
}
