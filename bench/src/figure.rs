//! One row of the report: a value beside its goal.

use serde::Serialize;

/// What a value has to reach.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "is", content = "than", rename_all = "snake_case")]
pub enum Goal {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
    /// More than this.
    Above(f64),
    /// From the one to the other.
    Within(f64, f64),
}

impl Goal {
    /// Returns whether `value` reaches it.
    pub fn met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(goal) => value >= goal,
            Self::AtMost(goal) => value <= goal,
            Self::Above(goal) => value > goal,
            Self::Within(low, high) => (low..=high).contains(&value),
        }
    }
}

/// How a value is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share from 0 to 1.
    Share,
    /// A factor.
    Ratio,
    /// A number of things.
    Count,
    /// Things a second.
    PerSecond,
    /// Gigabytes (10^9) a second.
    GigabytesPerSecond,
    /// Seconds.
    Seconds,
    /// Mebibytes.
    Mebibytes,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// The row of the list of figures: `M1`.
    pub id: &'static str,
    /// What was measured.
    pub name: String,
    /// On which sessions.
    pub on: String,
    /// The value; `None` where there was nothing to measure.
    pub value: Option<f64>,
    /// The 95% interval, where one was resampled.
    pub interval: Option<(f64, f64)>,
    /// The unit.
    pub unit: Unit,
    /// The baseline it has to beat, with its value on the same sessions.
    pub baseline: Option<(String, f64)>,
    /// What it has to reach; `None` for figures that are only shown.
    pub goal: Option<Goal>,
    /// Whether it does; `None` without a goal or a value.
    pub met: Option<bool>,
    /// What else there is to know, in a few words.
    pub note: String,
}

impl Figure {
    /// Returns a figure without interval, goal or note.
    pub fn new(id: &'static str, name: &str, on: &str, unit: Unit, value: Option<f64>) -> Self {
        Self {
            id,
            name: name.to_owned(),
            on: on.to_owned(),
            value: value.filter(|value| value.is_finite()),
            interval: None,
            unit,
            baseline: None,
            goal: None,
            met: None,
            note: String::new(),
        }
    }

    /// Returns the figure with a goal.
    pub fn goal(mut self, goal: Goal) -> Self {
        self.goal = Some(goal);
        self.met = self.value.map(|value| goal.met(value));
        self
    }

    /// Returns the figure with a goal that the whole interval has to reach: by chance is not enough.
    pub fn goal_on_interval(mut self, goal: Goal) -> Self {
        self.goal = Some(goal);
        self.met = self.interval.map(|(low, high)| goal.met(low) && goal.met(high));
        self
    }

    /// Returns the figure with an interval.
    pub fn within(mut self, interval: Option<(f64, f64)>) -> Self {
        self.interval = interval;
        self
    }

    /// Returns the figure beside a baseline of the same run.
    pub fn beside(mut self, name: &str, value: Option<f64>) -> Self {
        self.baseline = value.map(|value| (name.to_owned(), value));
        self
    }

    /// Returns a figure that could not be measured, and why.
    pub fn skipped(id: &'static str, name: &str, on: &str, goal: Goal, why: &str) -> Self {
        Self::new(id, name, on, Unit::Share, None).goal(goal).note(format!("skipped: {why}"))
    }

    /// Returns the figure with a note.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn cells(&self) -> [String; 8] {
        let show = |value: f64| self.unit.show(value);
        let goal = self.goal.map_or_else(String::new, |goal| match goal {
            Goal::AtLeast(value) => format!("≥ {}", show(value)),
            Goal::AtMost(value) => format!("≤ {}", show(value)),
            Goal::Above(value) => format!("> {}", show(value)),
            Goal::Within(low, high) => format!("{}-{}", show(low), show(high)),
        });
        let met = match (self.goal, self.met) {
            (None, _) => "",
            (_, Some(true)) => "yes",
            (_, Some(false)) => "NO",
            (_, None) => "skipped",
        };
        let interval =
            self.interval.map_or_else(String::new, |(low, high)| format!("{}-{}", show(low), show(high)));
        let baseline = self.baseline.as_ref();
        let baseline = baseline.map_or_else(String::new, |(name, value)| format!("{name} {}", show(*value)));
        let value = self.value.map_or_else(|| "-".to_owned(), show);
        [
            self.id.to_owned(),
            self.name.clone(),
            self.on.clone(),
            if interval.is_empty() { value } else { format!("{value} ({interval})") },
            baseline,
            goal,
            met.to_owned(),
            self.note.clone(),
        ]
    }
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Share | Self::Ratio | Self::GigabytesPerSecond => format!("{value:.2}"),
            Self::Count | Self::PerSecond => thousands(value.round()),
            Self::Seconds => format!("{value:.2} s"),
            Self::Mebibytes => format!("{value:.0} MiB"),
        }
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = if value < 0.0 { "-".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns figures as a Markdown table with aligned columns.
pub fn table(figures: &[Figure]) -> String {
    let head = ["#", "figure", "on", "value (95%)", "beside", "goal", "met", "note"].map(str::to_owned);
    let rows: Vec<[String; 8]> = figures.iter().map(Figure::cells).collect();
    let widths: Vec<usize> = (0..head.len())
        .map(|at| rows.iter().chain([&head]).map(|row| row[at].chars().count()).max().unwrap_or(0))
        .collect();
    let line = |row: &[String; 8]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut text = line(&head) + &format!("| {} |\n", rule.join(" | "));
    rows.iter().for_each(|row| text.push_str(&line(row)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_or_not_and_a_missing_value_is_neither() {
        let figure = |value| Figure::new("M1", "recall", "all", Unit::Share, value).goal(Goal::AtLeast(0.8));
        assert_eq!(figure(Some(0.8)).met, Some(true));
        assert_eq!(figure(Some(0.79)).met, Some(false));
        assert_eq!(figure(None).met, None);
        assert_eq!(figure(Some(f64::NAN)).met, None);
        assert!(!Goal::Above(1.0).met(1.0));
        assert!(Goal::Within(0.93, 0.97).met(0.97) && !Goal::Within(0.93, 0.97).met(0.98));
    }

    #[test]
    fn the_table_has_one_line_a_figure_and_columns_of_one_width() {
        let figures = [
            Figure::new("M1", "recall", "all", Unit::Share, Some(0.5)).within(Some((0.4, 0.6))),
            Figure::new("M15", "events a second", "all", Unit::PerSecond, Some(1_234_567.0)),
        ];
        let table = table(&figures);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()));
        assert!(lines[2].contains("0.50 (0.40-0.60)") && lines[3].contains("1,234,567"));
    }
}
