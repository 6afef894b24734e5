//! States that a page can be in: houses with ordinary data, none, very much, long names, and text from right to left.

use std::{path::Path, sync::Arc};

use aboveboard_model::access::Role;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{
    demo::House,
    firm,
    samples::{path, take_alert, wait_for_alerts},
    texts::Texts,
    visitor::{Scripts, Visitor},
};

/// Rows of everything where names are long or written from right to left: more than a page of a list.
const ROWS: usize = 120;
/// Rows of everything in the huge state.
pub(super) const HUGE_ROWS: usize = 100_000;
/// Conversations that become alerts there are as many; employees and registry are lists of their own.
const HUGE_LINES: usize = 5_000;
/// What marks a huge folder that was furnished to the end.
const READY: &str = "huge-1.ready";

/// Set when reviewers have been at work in the demonstration.
static DEMO_IS_WORKED: OnceCell<()> = OnceCell::const_new();

/// What the data of a house is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The demonstration.
    Ordinary,
    /// People who sign in, and nothing else.
    Empty,
    /// [`HUGE_ROWS`] rows.
    Huge,
    /// The longest names that fit.
    LongNames,
    /// Arabic, Hebrew, Chinese, Hindi, Thai.
    RightToLeft,
    /// The demonstration, and somebody who makes mistakes.
    Error,
}

impl State {
    pub(super) const ALL: &[State] =
        &[State::Ordinary, State::Empty, State::Huge, State::LongNames, State::RightToLeft, State::Error];

    /// What it is called on the sheet and on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            State::Ordinary => "ordinary",
            State::Empty => "empty",
            State::Huge => "huge",
            State::LongNames => "long-names",
            State::RightToLeft => "rtl",
            State::Error => "error",
        }
    }

    /// A house in this state. The huge one is furnished once and kept in a folder; `told` hears of its rows.
    pub(super) async fn furnished(self, kept: &Path, told: impl Fn(usize)) -> Furnished {
        let furnished = match self {
            State::Ordinary | State::Error => Furnished::new(House::of_the_demo()),
            State::Empty => {
                let data = tempfile::tempdir().unwrap();
                let firm = Texts::ordinary().firm;
                firm::users(&firm::ledger(&data.path().join("data"), &firm));
                let house = House::serve(&data.path().join("data"), &firm);
                let fresh = Some(House::fresh(&data.path().join("fresh"), &firm));
                Furnished { house, fresh, _data: Some(data) }
            }
            State::Huge => Furnished::new(huge(kept, told).await),
            State::LongNames => small(&Texts::long()).await,
            State::RightToLeft => small(&Texts::right_to_left()).await,
        };
        if matches!(self, State::Ordinary | State::Error) {
            DEMO_IS_WORKED.get_or_init(async || furnished.work(&Texts::ordinary()).await).await;
        }
        furnished
    }
}

/// A house, and the folder that goes with it.
pub(super) struct Furnished {
    pub house: Arc<House>,
    /// One in which nobody can sign in yet.
    pub fresh: Option<Arc<House>>,
    _data: Option<TempDir>,
}

impl Furnished {
    fn new(house: Arc<House>) -> Self {
        Self { house, fresh: None, _data: None }
    }

    /// Does what reviewers do, so that there is something of each kind: claims, dismisses, confirms, opens two cases,
    /// closes one.
    async fn work(&self, texts: &Texts) {
        let officer = Visitor::at(self.house.clone(), Scripts::On).await;
        officer.sign_in(Role::ComplianceOfficer).await;
        wait_for_alerts(&officer).await;
        let (title, note) = (format!("title={}", texts.case), format!("reason=other&note={}", texts.note));
        for (act, fields) in
            [("claim", ""), ("dismiss", &note), ("confirm", ""), ("case", &title), ("case", &title)]
        {
            let alert = take_alert(&officer).await;
            let answer = officer.send(&format!("{}/{act}", path(&alert)), fields).await;
            assert_eq!(answer.status, 200, "{act}: {}", answer.text);
        }
        officer.open("/cases").await;
        let cases =
            "return [...document.querySelectorAll('[data-row]')].map((row) => row.getAttribute('href'))";
        let cases = officer.texts(cases).await;
        let noted = officer.send(&format!("{}/note", cases[0]), &format!("note={}", texts.note)).await;
        let closed = format!("outcome=substantiated&reason={}", texts.note);
        let closed = officer.send(&format!("{}/close", cases[1]), &closed).await;
        assert_eq!([noted.status, closed.status], [200, 200]);
        officer.leave().await;
    }
}

async fn small(texts: &Texts) -> Furnished {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let source = firm::furnish(&firm::ledger(&data, &texts.firm), texts, ROWS);
    let house = House::serve(&data, &texts.firm);
    firm::deliver(&house, source, texts, ROWS, |_| {}).await;
    let furnished = Furnished { house, fresh: None, _data: Some(folder) };
    furnished.work(texts).await;
    furnished
}

/// The huge house. Its folder holds the log and what was folded from it, and serves every later run.
async fn huge(kept: &Path, told: impl Fn(usize)) -> Arc<House> {
    let texts = Texts::ordinary();
    let (data, ready) = (kept.join("huge"), kept.join(READY));
    if ready.exists() {
        let house = House::serve(&data, &texts.firm);
        // A program that folds otherwise than the one that furnished it reads everything again.
        firm::until_read(&house).await;
        return house;
    }
    if data.exists() {
        std::fs::remove_dir_all(&data).unwrap();
    }
    std::fs::create_dir_all(kept).unwrap();
    let source = firm::furnish(&firm::ledger(&data, &texts.firm), &texts, HUGE_LINES);
    let house = House::serve(&data, &texts.firm);
    firm::deliver(&house, source, &texts, HUGE_ROWS, told).await;
    let furnished = Furnished::new(house);
    furnished.work(&texts).await;
    std::fs::File::create(ready).unwrap();
    furnished.house
}
