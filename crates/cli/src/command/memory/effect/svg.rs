//! A note's rates over time as a drawing: self-contained, readable in black and white, with a title and a
//! description for those who do not see it.

use std::fmt::Write;

use somnium_dream::effect::{NoteEffect, Window, WindowGroup};

use super::days;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
/// Space left of, right of, above and below the drawing.
const LEFT: f64 = 56.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 64.0;
/// Half the width of the marks.
const MARK: f64 = 5.0;
/// Characters of the title that fit on its line.
const TITLE: usize = 84;
const INK: &str = "#000000";
const GRID: &str = "#dddddd";

/// Draws one note.
pub(super) fn draw(note: &NoteEffect) -> String {
    let title = format!("{}: {}", note.id, note.title);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-labelledby=\"title desc\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n",
        escaped(&title),
        escaped(&described(note)),
    );
    text(&mut svg, (LEFT, 20.0), "start", &shortened(&title, TITLE));
    text(&mut svg, (LEFT, 38.0), "start", &shortened(&note.verdict.text, TITLE));
    axis(&mut svg);
    let places = places(&note.windows);
    if places.is_empty() {
        text(&mut svg, (WIDTH / 2.0, HEIGHT / 2.0), "middle", "Nothing was counted yet.");
    }
    if let Some(at) = border(&note.windows, &places) {
        line(&mut svg, (at, TOP), (at, HEIGHT - BOTTOM), INK, "4 3");
        text(&mut svg, (at, TOP - 6.0), "middle", "written");
    }
    for (window, at) in note.windows.iter().zip(&places) {
        mark(&mut svg, window, *at);
    }
    legend(&mut svg);
    svg.push_str("</svg>\n");
    svg
}

/// Says in words what the drawing shows.
fn described(note: &NoteEffect) -> String {
    let mut words = format!("Share of sessions that go against the note, over time. {}.", note.verdict.text);
    for window in &note.windows {
        let ((first, last), rate) = (days(window), window.rate);
        let _ =
            write!(words, " {first} to {last}, {}: {} of {}.", name(window.group), rate.hits, rate.sessions);
    }
    words
}

fn name(group: WindowGroup) -> &'static str {
    match group {
        WindowGroup::Before => "before the note",
        WindowGroup::Shown => "shown it",
        WindowGroup::NotShown => "not shown it",
    }
}

/// Returns where each window stands: by time where windows have some, sessions of one time side by side.
fn places(windows: &[Window]) -> Vec<f64> {
    let middle = |window: &Window| (window.from.as_second() + window.to.as_second()) as f64 / 2.0;
    let low = windows.iter().map(|window| window.from.as_second()).min().unwrap_or(0) as f64;
    let high = windows.iter().map(|window| window.to.as_second()).max().unwrap_or(1) as f64;
    let aside = |window: &Window| if window.group == WindowGroup::NotShown { MARK } else { -MARK };
    let across = |window: &Window| {
        let share = (middle(window) - low) / (high - low).max(1.0);
        LEFT + 2.0 * MARK + share * (WIDTH - LEFT - RIGHT - 4.0 * MARK) + aside(window)
    };
    windows.iter().map(across).collect()
}

/// Returns where the note was written: between the last window before it and the first since.
fn border(windows: &[Window], places: &[f64]) -> Option<f64> {
    let of = |is_before: bool| {
        let found =
            windows.iter().zip(places).filter(move |(w, _)| (w.group == WindowGroup::Before) == is_before);
        found.map(|(_, at)| *at)
    };
    Some(f64::midpoint(of(true).reduce(f64::max)?, of(false).reduce(f64::min)?))
}

/// Returns the height at which a rate stands.
fn height(rate: f64) -> f64 {
    HEIGHT - BOTTOM - rate.clamp(0.0, 1.0) * (HEIGHT - BOTTOM - TOP)
}

fn axis(svg: &mut String) {
    for percent in [0, 25, 50, 75, 100] {
        let at = height(f64::from(percent) / 100.0);
        line(svg, (LEFT, at), (WIDTH - RIGHT, at), if percent == 0 { INK } else { GRID }, "");
        text(svg, (LEFT - 8.0, at + 4.0), "end", &format!("{percent}%"));
    }
}

/// One window: its rate, its interval, its days, how many sessions it has.
fn mark(svg: &mut String, window: &Window, x: f64) {
    let y = height(window.rate.rate);
    let [low, high] = window.interval.map(height);
    line(svg, (x, low), (x, high), INK, if window.group == WindowGroup::NotShown { "2 3" } else { "" });
    symbol(svg, window.group, (x, y));
    text(svg, (x + MARK + 3.0, y - 4.0), "start", &format!("{}/{}", window.rate.hits, window.rate.sessions));
    if window.group != WindowGroup::NotShown {
        let date = window.from.strftime("%m-%d").to_string();
        text(svg, (x, HEIGHT - BOTTOM + 16.0), "middle", &date);
    }
}

/// Groups are told apart by their shape.
fn symbol(svg: &mut String, group: WindowGroup, (x, y): (f64, f64)) {
    let (left, top, side) = (x - MARK, y - MARK, 2.0 * MARK);
    let _ = match group {
        WindowGroup::Before => {
            writeln!(
                svg,
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{side}\" height=\"{side}\" fill=\"{INK}\"/>"
            )
        }
        WindowGroup::Shown => {
            writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{MARK}\" fill=\"{INK}\"/>")
        }
        WindowGroup::NotShown => writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{MARK}\" fill=\"#ffffff\" stroke=\"{INK}\"/>"
        ),
    };
}

fn legend(svg: &mut String) {
    let bottom = HEIGHT - 22.0;
    let groups = [WindowGroup::Before, WindowGroup::Shown, WindowGroup::NotShown];
    for (group, x) in groups.into_iter().zip([LEFT + MARK, LEFT + 140.0, LEFT + 240.0]) {
        symbol(svg, group, (x, bottom - 4.0));
        text(svg, (x + 12.0, bottom), "start", name(group));
    }
    text(svg, (WIDTH - RIGHT, bottom), "end", "sessions against it; bars: 95%");
}

fn line(svg: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64), stroke: &str, dashes: &str) {
    let dashes = if dashes.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dashes}\"") };
    let _ = writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{stroke}\"{dashes}/>"
    );
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, words: &str) {
    let words = escaped(words);
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}

fn shortened(words: &str, most: usize) -> String {
    if words.chars().count() <= most {
        return words.to_owned();
    }
    words.chars().take(most - 1).chain(['…']).collect()
}

/// Returns words fit for XML: nothing in them is markup, and no character is one that XML forbids.
fn escaped(words: &str) -> String {
    let mut safe = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_title_is_markup() {
        assert_eq!(escaped("<script>\"&\u{1b}"), "&lt;script&gt;&quot;&amp; ");
        assert_eq!(shortened("abcdef", 4), "abc…");
    }
}
