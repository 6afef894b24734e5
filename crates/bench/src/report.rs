//! Figures: measured some times, judged by the median against a goal, printed as a table and as one JSON object a line.

use std::fmt::Write as _;

use crate::machine;

/// How far a figure may miss its goal before the run fails: machines are noisy.
const SLACK: f64 = 0.10;

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The goal is a least value.
    Higher,
    /// The goal is a greatest value.
    Lower,
}

/// One figure.
#[derive(Clone, Debug)]
pub struct Figure {
    name: String,
    values: Vec<f64>,
    goal: Option<f64>,
    better: Better,
    slack: f64,
}

impl Figure {
    /// A figure of some runs with a goal.
    pub fn goal(name: &str, better: Better, goal: f64, values: Vec<f64>) -> Self {
        Self { name: name.to_owned(), values, goal: Some(goal), better, slack: SLACK }
    }

    /// A figure whose goal allows nothing less: it does not follow from the machine.
    pub fn exact(name: &str, better: Better, goal: f64, values: Vec<f64>) -> Self {
        Self { slack: 0.0, ..Self::goal(name, better, goal, values) }
    }

    /// A figure that is reported without a goal.
    pub fn reported(name: &str, better: Better, values: Vec<f64>) -> Self {
        Self { name: name.to_owned(), values, goal: None, better, slack: SLACK }
    }

    /// What it is called.
    #[cfg(test)]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn sorted(&self) -> Vec<f64> {
        let mut values = self.values.clone();
        values.sort_by(f64::total_cmp);
        values
    }

    /// The median of the runs; of an even number the lower middle, which never was not measured.
    fn median(&self) -> f64 {
        let values = self.sorted();
        values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
    }

    /// Whether the goal is missed by more than the slack. What was not measured is missed.
    pub fn is_missed(&self) -> bool {
        let Some(goal) = self.goal else { return false };
        let median = self.median();
        let reached = match self.better {
            Better::Higher => median >= goal * (1.0 - self.slack),
            Better::Lower => median <= goal * (1.0 + self.slack),
        };
        !reached
    }

    fn json(&self, bench: &str) -> String {
        let better = if self.better == Better::Higher { "higher" } else { "lower" };
        let number = |value: f64| serde_json::Value::from(rounded(value));
        let line = serde_json::json!({
            "bench": bench,
            "figure": self.name,
            "value": number(self.median()),
            "goal": self.goal.map(number),
            "better": better,
            "runs": self.values.len(),
        });
        line.to_string()
    }

    fn row(&self) -> [String; 6] {
        let values = self.sorted();
        let shown = |value: Option<f64>| value.map_or_else(String::new, |value| rounded(value).to_string());
        let sign = if self.better == Better::Higher { "≥" } else { "≤" };
        let goal = self.goal.map_or_else(String::new, |goal| format!("{sign} {}", rounded(goal)));
        let verdict = match (self.goal, self.is_missed()) {
            (None, _) => "",
            (_, true) => "MISSED",
            (_, false) => "held",
        };
        [
            self.name.clone(),
            shown(values.first().copied()),
            shown(Some(self.median()).filter(|_| !values.is_empty())),
            shown(values.last().copied()),
            goal,
            verdict.to_owned(),
        ]
    }
}

/// Four significant digits.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10f64.powi(3 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}

/// What a bench found.
pub struct Report {
    bench: &'static str,
    load_before: String,
    figures: Vec<Figure>,
}

impl Report {
    /// Begins a bench: notes how busy the machine is.
    pub fn begin(bench: &'static str) -> Self {
        let load_before = machine::load();
        eprintln!("{bench}: {} cores, load {load_before}", machine::cores());
        Self { bench, load_before, figures: Vec::new() }
    }

    /// Adds a figure, and says it at once: the table comes when all is measured.
    pub fn add(&mut self, figure: Figure) {
        if figure.values.is_empty() {
            eprintln!("  {} was not measured", figure.name);
        } else {
            eprintln!("  {} {}", figure.name, rounded(figure.median()));
        }
        self.figures.push(figure);
    }

    /// Prints the table, then the figures as JSON; says whether every goal is held.
    pub fn finish(self) -> bool {
        println!("\n{}", self.table());
        println!("load before {}, after {}", self.load_before, machine::load());
        for figure in &self.figures {
            println!("{}", figure.json(self.bench));
        }
        !self.figures.iter().any(Figure::is_missed)
    }

    fn table(&self) -> String {
        let head = [self.bench, "min", "median", "max", "goal", ""].map(str::to_owned);
        let rows: Vec<[String; 6]> =
            std::iter::once(head).chain(self.figures.iter().map(Figure::row)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..6).map(width).collect();
        let mut table = String::new();
        for row in &rows {
            let mut line = format!("{:<1$}", row[0], widths[0]);
            for column in 1..6 {
                let _ = write!(line, "  {:>1$}", row[column], widths[column]);
            }
            let _ = writeln!(table, "{}", line.trim_end());
        }
        table
    }
}

/// The value below which a share of some values lies; the next one that was measured.
pub fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * share).ceil() as usize;
    values.get(at.clamp(1, values.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_one_line_of_json_with_its_median() {
        let figure =
            Figure::goal("durable_vs_verify_only", Better::Higher, 0.40, vec![0.9, 0.47, 0.1, 0.5, 0.2]);
        assert_eq!(
            figure.json("ingest"),
            r#"{"bench":"ingest","figure":"durable_vs_verify_only","value":0.47,"goal":0.4,"better":"higher","runs":5}"#
        );
        let figure = Figure::reported("x", Better::Lower, vec![123_456.0]);
        assert!(figure.json("ingest").contains(r#""value":123500.0,"goal":null,"better":"lower""#));
    }

    #[test]
    fn a_goal_is_missed_beyond_a_tenth_and_by_what_was_not_measured() {
        let cases = [
            (Better::Higher, 0.37, false),
            (Better::Higher, 0.35, true),
            (Better::Lower, 0.43, false),
            (Better::Lower, 0.45, true),
            (Better::Lower, f64::NAN, true),
        ];
        for (better, value, missed) in cases {
            assert_eq!(Figure::goal("x", better, 0.40, vec![value]).is_missed(), missed, "{value}");
        }
        assert!(Figure::goal("x", Better::Lower, 1.0, Vec::new()).is_missed());
        assert!(!Figure::reported("x", Better::Lower, Vec::new()).is_missed());
        assert!(Figure::exact("recall", Better::Higher, 1.0, vec![0.999]).is_missed());
    }

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let mut values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut values, 0.99), 198.0);
        assert_eq!(percentile(&mut values, 1.0), 200.0);
        assert_eq!(percentile(&mut [7.0], 0.5), 7.0);
        assert!(percentile(&mut [], 0.5).is_nan());
    }
}
