//! Line charts as SVG, without a library: readable in black and white, with labelled axes and a line for the goal.

use std::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
/// Space left of, right of, above and below the drawing. The legend stands on the right.
const LEFT: f64 = 72.0;
const RIGHT: f64 = 186.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 52.0;

/// How lines are told apart without colour: dashes, then marks.
const DASHES: [&str; 6] = ["", "7 4", "2 3", "9 3 2 3", "1 5", "12 4"];
const MARKS: [&str; 6] = ["●", "■", "▲", "◇", "○", "✕"];
const COLOURS: [&str; 6] = ["#000000", "#b03030", "#2050a0", "#307030", "#806020", "#606060"];

/// How an axis is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly, from zero.
    Linear,
    /// By powers.
    Log,
}

/// An axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What it shows, with the unit.
    pub label: String,
    /// How it is divided.
    pub scale: Scale,
}

impl Axis {
    /// Returns an axis.
    pub fn new(label: &str, scale: Scale) -> Self {
        Self { label: label.to_owned(), scale }
    }
}

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// The horizontal axis; its values are those of the points.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Lines by name.
    pub lines: Vec<(String, Vec<(f64, f64)>)>,
    /// What is to be reached, with a name.
    pub goal: Option<(String, f64)>,
}

/// From values to places on the paper.
struct Span {
    low: f64,
    high: f64,
    scale: Scale,
    from: f64,
    to: f64,
}

impl Span {
    fn of(values: impl Iterator<Item = f64>, scale: Scale, from: f64, to: f64) -> Self {
        let usable = values.filter(|value| value.is_finite() && (scale == Scale::Linear || *value > 0.0));
        let (low, high) = usable.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
        // An axis without values still shows some, and a logarithm has no zero.
        let (low, high) = if low > high { (1.0, 10.0) } else { (low, high) };
        match scale {
            Scale::Linear => Self { low: low.min(0.0), high: (high * 1.08).max(low + 1e-9), scale, from, to },
            Scale::Log => Self { low: low / 1.25, high: high * 1.25, scale, from, to },
        }
    }

    fn at(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log => (value.max(self.low) / self.low).ln() / (self.high / self.low).ln(),
        };
        self.from + share * (self.to - self.from)
    }

    /// Returns round values to mark.
    fn ticks(&self) -> Vec<f64> {
        match self.scale {
            Scale::Linear => {
                let raw = (self.high - self.low) / 5.0;
                let power = 10_f64.powf(raw.log10().floor());
                let step =
                    [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|step| *step >= raw);
                let step = step.unwrap_or(raw);
                let first = (self.low / step).ceil() as i64;
                (first..).map(|at| at as f64 * step).take_while(|at| *at <= self.high).collect()
            }
            Scale::Log => {
                let wide = self.high / self.low > 200.0;
                let times: &[f64] = if wide { &[1.0] } else { &[1.0, 2.0, 5.0] };
                let powers = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
                let all = powers.flat_map(|power| times.iter().map(move |times| times * 10_f64.powi(power)));
                all.filter(|at| (self.low..=self.high).contains(at)).collect()
            }
        }
    }
}

impl Chart {
    /// Returns the chart as an SVG document.
    pub fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|(_, points)| points);
        let goal = self.goal.iter().map(|(_, value)| *value);
        let x = Span::of(points().map(|point| point.0), self.x.scale, LEFT, WIDTH - RIGHT);
        let y = Span::of(points().map(|point| point.1).chain(goal), self.y.scale, HEIGHT - BOTTOM, TOP);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n<title>{0}</title>\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n{1}",
            escaped(&self.title),
            text(LEFT, 20.0, "start", &self.title, " font-size=\"14\""),
        );
        self.axes(&mut svg, &x, &y);
        if let Some((name, value)) = &self.goal {
            let (at, end) = (y.at(*value), WIDTH - RIGHT);
            line(&mut svg, (LEFT, at), (end, at), "#000000", "4 2", 1.0);
            svg.push_str(&text(end + 6.0, at + 4.0, "start", name, " font-style=\"italic\""));
        }
        for (at, (name, points)) in self.lines.iter().enumerate() {
            let style = (DASHES[at % DASHES.len()], MARKS[at % MARKS.len()], COLOURS[at % COLOURS.len()]);
            curve(&mut svg, points, &x, &y, style);
            let (left, height) = (WIDTH - RIGHT + 14.0, TOP + 14.0 + 20.0 * at as f64);
            line(&mut svg, (left, height - 4.0), (left + 26.0, height - 4.0), style.2, style.0, 1.6);
            svg.push_str(&text(left + 13.0, height, "middle", style.1, &format!(" fill=\"{}\"", style.2)));
            svg.push_str(&text(left + 32.0, height, "start", name, ""));
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn axes(&self, svg: &mut String, x: &Span, y: &Span) {
        let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
        for tick in x.ticks() {
            let at = x.at(tick);
            line(svg, (at, bottom), (at, bottom + 5.0), "#000000", "", 1.0);
            svg.push_str(&text(at, bottom + 18.0, "middle", &number(tick), ""));
        }
        for tick in y.ticks() {
            let at = y.at(tick);
            line(svg, (LEFT, at), (right, at), "#dddddd", "", 1.0);
            svg.push_str(&text(LEFT - 6.0, at + 4.0, "end", &number(tick), ""));
        }
        line(svg, (LEFT, bottom), (right, bottom), "#000000", "", 1.0);
        line(svg, (LEFT, TOP), (LEFT, bottom), "#000000", "", 1.0);
        let middle = (TOP + bottom) / 2.0;
        svg.push_str(&text((LEFT + right) / 2.0, HEIGHT - 12.0, "middle", &self.x.label, ""));
        let turned = format!(" transform=\"rotate(-90 16 {middle:.1})\"");
        svg.push_str(&text(16.0, middle, "middle", &self.y.label, &turned));
    }
}

fn curve(svg: &mut String, points: &[(f64, f64)], x: &Span, y: &Span, style: (&str, &str, &str)) {
    let (dash, mark, colour) = style;
    for pair in points.windows(2) {
        let place = |point: (f64, f64)| (x.at(point.0), y.at(point.1));
        line(svg, place(pair[0]), place(pair[1]), colour, dash, 1.6);
    }
    for point in points {
        let fill = format!(" fill=\"{colour}\"");
        svg.push_str(&text(x.at(point.0), y.at(point.1) + 4.0, "middle", mark, &fill));
    }
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64), colour: &str, dash: &str, width: f64) {
    let dash = if dash.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dash}\"") };
    let _ = writeln!(
        svg,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\" stroke-width=\"{width}\"{dash}/>",
        from.0, from.1, to.0, to.1
    );
}

fn text(x: f64, y: f64, anchor: &str, words: &str, more: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\"{more}>{}</text>\n", escaped(words))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Writes a value of an axis as shortly as it goes.
fn number(value: f64) -> String {
    let (scaled, suffix) = match value.abs() {
        large if large >= 1e6 => (value / 1e6, "M"),
        large if large >= 1e4 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let digits = format!("{scaled:.2}");
    format!("{}{suffix}", digits.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(scale: Scale) -> String {
        let lines = vec![
            ("ours <new>".to_owned(), vec![(1000.0, 0.5), (10_000.0, 0.7)]),
            ("theirs".to_owned(), vec![(1000.0, 0.4), (10_000.0, 0.4)]),
        ];
        let goal = Some(("goal".to_owned(), 0.6));
        let (x, y) = (Axis::new("sessions", scale), Axis::new("recall", Scale::Linear));
        Chart { title: "Recall & cost".to_owned(), x, y, lines, goal }.svg()
    }

    #[test]
    fn a_chart_has_its_labels_its_goal_and_nothing_unescaped() {
        for scale in [Scale::Linear, Scale::Log] {
            let svg = chart(scale);
            for part in ["sessions", "recall", "goal", "ours &lt;new&gt;", "Recall &amp; cost", "10k"] {
                assert!(svg.contains(part), "no {part} in\n{svg}");
            }
            assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
            assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }

    #[test]
    fn higher_values_are_higher_up_and_lines_differ_without_colour() {
        let span = Span::of([0.2, 0.9].into_iter(), Scale::Linear, 300.0, 20.0);
        assert!(span.at(0.9) < span.at(0.2));
        let svg = chart(Scale::Log);
        assert!(svg.contains(DASHES[1]) && svg.contains(MARKS[0]) && svg.contains(MARKS[1]));
    }

    #[test]
    fn nothing_to_show_is_still_a_chart() {
        let axis = || Axis::new("x", Scale::Log);
        let chart = Chart { title: String::new(), x: axis(), y: axis(), lines: Vec::new(), goal: None };
        assert!(!chart.svg().contains("NaN"));
    }
}
