//! The contact sheet: pictures of pages in one HTML file, with what was found wrong beside them.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{
    camera::{Scheme, Size},
    states::State,
};

/// The folder for the sheet; where it is not set there is none, and the huge state is left out.
const FOLDER: &str = "ABOVEBOARD_SHEET";
/// A part of the addresses of the pages that are wanted.
const ONLY: &str = "ABOVEBOARD_SHEET_ONLY";
/// The state that is wanted.
const STATE: &str = "ABOVEBOARD_SHEET_STATE";
/// The folder of the README's pictures; where it is not set they stay as they are.
const README: &str = "ABOVEBOARD_SHEET_README";
/// Bytes of one of them.
const README_PICTURE_BYTES_MAX: usize = 200_000;
/// Milliseconds until something is seen, for most pages.
const FIRST_PAINT_MS_GOAL: f64 = 100.0;

/// What is wanted.
pub(super) struct Wish {
    pub folder: Option<PathBuf>,
    pub readme: Option<PathBuf>,
    only: String,
    state: String,
}

impl Wish {
    pub(super) fn read() -> Self {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        Self {
            folder: std::env::var_os(FOLDER).map(PathBuf::from),
            readme: std::env::var_os(README).map(PathBuf::from),
            only: variable(ONLY),
            state: variable(STATE),
        }
    }

    pub(super) fn wants_state(&self, state: State) -> bool {
        let is_made = state != State::Huge || self.folder.is_some();
        is_made && (self.state.is_empty() || self.state == state.name())
    }

    pub(super) fn wants_page(&self, page: &str) -> bool {
        page.contains(&self.only)
    }

    /// Where houses are kept that take long to furnish.
    pub(super) fn kept(&self) -> PathBuf {
        self.folder.as_deref().and_then(Path::parent).unwrap_or(Path::new(".")).join("sheet-data")
    }
}

/// Pictures, faults and figures as they come.
pub(super) struct Album {
    pub wish: Wish,
    bar: ProgressBar,
    /// By page, in the order in which pages were first seen, and by what the picture shows.
    pages: Vec<(String, Vec<Picture>)>,
    faults: BTreeMap<String, Vec<String>>,
    first_paints: Vec<Duration>,
}

/// One picture on the sheet.
struct Picture {
    file: String,
    about: String,
    state: State,
    width: u32,
}

impl Album {
    pub(super) fn new(wish: Wish) -> Self {
        let bar = match &wish.folder {
            Some(folder) => {
                std::fs::create_dir_all(folder).unwrap();
                ProgressBar::new_spinner()
            }
            None => ProgressBar::hidden(),
        };
        let style = "{spinner} {elapsed_precise} {pos} pictures, {msg}";
        bar.set_style(ProgressStyle::with_template(style).unwrap());
        Self { wish, bar, pages: vec![], faults: BTreeMap::new(), first_paints: vec![] }
    }

    /// Rows of the huge state were delivered.
    pub(super) fn tell_rows(&self, rows: usize) {
        self.bar.set_message(format!("{rows} more rows for the huge state"));
    }

    /// Something is wrong with a page.
    pub(super) fn fault(&mut self, state: State, page: &str, size: &Size, what: &str) {
        let about = format!("{page}, {}, {} wide", state.name(), size.width);
        self.faults.entry(about).or_default().push(what.to_owned());
    }

    /// How long a page took to show something.
    pub(super) fn first_paint(&mut self, took: Duration) {
        self.first_paints.push(took);
    }

    /// Keeps a picture for the README, where new ones are wanted.
    pub(super) fn add_to_readme(&self, name: &str, picture: &[u8]) {
        if let Some(folder) = &self.wish.readme {
            let bytes = picture.len();
            assert!(bytes <= README_PICTURE_BYTES_MAX, "{name} has {bytes} bytes");
            std::fs::write(folder.join(name), picture).unwrap();
        }
    }

    /// Keeps a picture.
    pub(super) fn add(&mut self, state: State, page: &str, size: &Size, scheme: Scheme, picture: &[u8]) {
        let letter = |one: char| if one.is_ascii_alphanumeric() { one } else { '-' };
        let name: String = page.chars().map(letter).collect();
        let file =
            format!("{}-{}-{}-{}.webp", name.trim_matches('-'), state.name(), size.width, scheme.name());
        if let Some(folder) = &self.wish.folder {
            std::fs::write(folder.join(&file), picture).unwrap();
        }
        let about = format!("{} · {} × {} · {}", state.name(), size.width, size.height, scheme.name());
        let picture = Picture { file, about, state, width: size.width };
        match self.pages.iter_mut().find(|(known, _)| known == page) {
            Some((_, pictures)) => pictures.push(picture),
            None => self.pages.push((page.to_owned(), vec![picture])),
        }
        self.bar.inc(1);
        self.bar.set_message(format!("{page}, {}", state.name()));
    }

    /// Writes the sheet, tells the figures, and gives the faults, one line each.
    pub(super) fn finish(mut self) -> Vec<String> {
        self.bar.finish_and_clear();
        if let Some(folder) = &self.wish.folder {
            std::fs::write(folder.join("index.html"), self.html()).unwrap();
            self.first_paints.sort();
            let mut figures = std::io::stdout();
            for (figure, share) in [("first_paint_ms_p50", 50), ("first_paint_ms_p95", 95)] {
                let at = self.first_paints.len().saturating_sub(1) * share / 100;
                let Some(paint) = self.first_paints.get(at) else { continue };
                let line = json!({
                    "bench": "sheet", "figure": figure, "value": (paint.as_secs_f64() * 10_000.0).round() / 10.0,
                    "goal": FIRST_PAINT_MS_GOAL, "better": "lower", "runs": self.first_paints.len(),
                });
                writeln!(figures, "{line}").unwrap();
            }
        }
        let lines = |(about, faults): (String, Vec<String>)| {
            faults.into_iter().map(move |fault| format!("{about}: {fault}"))
        };
        self.faults.into_iter().flat_map(lines).collect()
    }

    fn html(&self) -> String {
        let mut html = HEAD.to_owned();
        for (page, _) in &self.pages {
            write!(html, "<a href='#{0}'>{0}</a>", escaped(page)).unwrap();
        }
        html.push_str("</nav>\n");
        for (page, pictures) in &self.pages {
            write!(html, "<section id='{0}'><h2>{0}</h2>\n<div>", escaped(page)).unwrap();
            for picture in pictures {
                let (file, about) = (&picture.file, &picture.about);
                let key = format!("{page}, {}, {} wide", picture.state.name(), picture.width);
                let faults: String =
                    self.faults.get(&key).into_iter().flatten().fold(String::new(), |mut all, fault| {
                        write!(all, "<b>{}</b>", escaped(fault)).unwrap();
                        all
                    });
                writeln!(
                    html,
                    "<figure class=w{}><a href='{file}'><img src='{file}' loading=lazy alt=''></a><figcaption>{about}{faults}</figcaption></figure>",
                    picture.width
                )
                .unwrap();
            }
            html.push_str("</div></section>\n");
        }
        html
    }
}

const HEAD: &str = "<!doctype html><meta charset=utf-8><title>Aboveboard: contact sheet</title><style>
body { font: 13px system-ui; margin: 16px; background: #888; }
nav { columns: 4; background: #fff; padding: 8px; } nav a { display: block; }
section > div { display: flex; flex-wrap: wrap; gap: 12px; align-items: start; }
figure { margin: 0; background: #fff; } figcaption { padding: 4px; } b { display: block; color: #a00; }
img { display: block; object-fit: cover; object-position: top; width: 100%; }
.w1280 { width: 400px; } .w1280 img { height: 250px; } .w390 { width: 156px; } .w390 img { height: 338px; }
</style><h1>Contact sheet</h1><nav>\n";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&#39;")
}
