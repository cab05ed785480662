//! Rates over time, for a plot: the days of a note cut into a few windows, none of which lies on both sides of the day
//! on which it was written.

use somnium_types::Timestamp;

use super::rates;
use super::report::{Rate, Window, WindowGroup};
use super::track::Track;

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Windows on each side that a plot has room for.
const WINDOWS: i64 = 8;

/// Cuts what was counted by day into windows.
pub(super) fn cut(track: &Track) -> Vec<Window> {
    let groups = [WindowGroup::Before, WindowGroup::Shown, WindowGroup::NotShown];
    let days_of =
        |at: usize| track.days.iter().filter(move |(_, counts)| counts[at].0 > 0).map(|(day, _)| *day);
    let mut windows = Vec::new();
    for (before, sides) in [(true, &groups[..1]), (false, &groups[1..])] {
        let at = |group: &WindowGroup| *group as usize;
        let days = || sides.iter().flat_map(|group| days_of(at(group)));
        let (Some(first), Some(last)) = (days().min(), days().max()) else { continue };
        let length = width(first, last);
        // Counted from the publication outwards, so that its day is never inside a window.
        let number = |day: i64| if before { (last - day) / length } else { (day - first) / length };
        for group in sides {
            let mut counts = vec![(0, 0); (number(if before { first } else { last }) + 1) as usize];
            for (day, found) in &track.days {
                let (sessions, hits) = found[at(group)];
                if let (true, Some(window)) = (sessions > 0, counts.get_mut(number(*day) as usize)) {
                    window.0 += sessions;
                    window.1 += hits;
                }
            }
            for (number, (sessions, hits)) in counts.into_iter().enumerate() {
                let number = number as i64;
                let from = if before { last + 1 - (number + 1) * length } else { first + number * length };
                windows.extend(window(from, from + length, *group, hits, sessions));
            }
        }
    }
    windows.sort_by_key(|window| (window.from, window.group));
    windows
}

/// Returns how many days a window has, at least one: whole weeks where there are many.
fn width(first: i64, last: i64) -> i64 {
    let days = (last - first + 1 + WINDOWS - 1) / WINDOWS;
    if days > 3 { (days + 6) / 7 * 7 } else { days.max(1) }
}

fn window(from: i64, to: i64, group: WindowGroup, hits: u64, sessions: u64) -> Option<Window> {
    let day = |day: i64| Timestamp::from_second(day.saturating_mul(DAY)).ok();
    let (low, high) = rates::rate_interval(hits, sessions)?;
    Some(Window {
        from: day(from)?,
        to: day(to)?,
        group,
        rate: Rate::of(hits, sessions),
        interval: [low, high],
    })
}
