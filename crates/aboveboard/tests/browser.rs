//! The console in a real browser: headless Chromium against the demonstration, both started as a person would.

// The lint spares test functions only; the helpers beside them fail a test in the same way.
#![allow(clippy::unwrap_used)]

mod browser {
    mod demo;
    mod program;
    mod samples;
    mod visitor;

    mod firm;
    mod states;
    mod texts;

    mod album;
    mod camera;
    mod fitness;
    mod mistakes;
    mod packed;

    mod administrator;
    mod guide;
    mod hands;
    mod keyboard;
    mod lifecycle;
    mod live;
    mod pages;
    mod scriptless;
    mod sheet;
    mod walk;
}
