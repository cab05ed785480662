//! One note with everything that is known of its effect.

use std::io;

use somnium_dream::effect::{Contrast, Contrasts, Measure, NoteEffect, SavedOf, Within};

use super::{days, difference, percent, savings, signed, table};
use crate::screen::{Line, Screen};
use crate::words::{count, day, minute, number};

/// Columns of the names on the left.
const NAMES: usize = 13;

/// Prints the note.
pub(super) fn print(note: &NoteEffect, screen: &mut Screen) -> io::Result<()> {
    screen.wrapped(0, Line::new().strong(&note.title))?;
    let whose = if note.of_a_person { ", a person's" } else { "" };
    let text = format!("{} in {}, {}{whose}", note.id, note.path, crate::claim_view::state(note.state));
    screen.wrapped(0, Line::new().faint(text))?;
    screen.blank()?;
    screen.wrapped(0, table::verdict(note))?;
    screen.blank()?;
    let since = note.published.at.map_or_else(String::new, |at| format!(", {}", minute(at)));
    item("written", format!("by dream {}{since}", note.published.dream), screen)?;
    exposures(note, screen)?;
    contrasts(what(note.measure), &note.against, screen)?;
    contrasts("failed", &note.failed, screen)?;
    saved(note, screen)?;
    dealt(note, screen)?;
    windows(note, screen)?;
    guard(note, screen)
}

fn item(name: &str, text: impl Into<Line>, screen: &mut Screen) -> io::Result<()> {
    screen.item(&format!("{name:<NAMES$} "), text)
}

fn what(measure: Measure) -> &'static str {
    match measure {
        Measure::Mistake => "mistake made",
        Measure::SaidAgain => "said again",
        Measure::NotFollowed => "not gone by",
        Measure::Nothing => "",
    }
}

fn exposures(note: &NoteEffect, screen: &mut Screen) -> io::Result<()> {
    if note.measure != Measure::Nothing {
        let text = format!(
            "its occasion arose in {} since, {} in all",
            count(note.triggers.sessions, "session"),
            count(note.triggers.steps, "step")
        );
        item("triggers", text, screen)?;
    }
    let exposures = &note.exposures;
    let last = exposures.last.map_or_else(String::new, |last| format!(", last on {}", day(last)));
    let text = match note.measure {
        Measure::Nothing => format!("{}{last}", count(exposures.sessions, "session")),
        _ => format!(
            "{}{last}; {} with the occasion: {} followed it, {} went against it",
            count(exposures.sessions, "session"),
            number(exposures.with_occasion),
            number(exposures.followed),
            number(exposures.violated)
        ),
    };
    item("shown", text, screen)
}

fn contrasts(name: &str, contrasts: &Contrasts, screen: &mut Screen) -> io::Result<()> {
    let three = [
        ("before it", "shown it", contrasts.before),
        ("since, not shown it", "shown it", contrasts.not_shown),
        ("held back", "dealt it", contrasts.held_back),
    ];
    let found = three.iter().filter_map(|(without, with, found)| Some((without, with, found.as_ref()?)));
    for (at, (without, with, contrast)) in found.enumerate() {
        item(if at == 0 { name } else { "" }, said(contrast, without, with), screen)?;
    }
    Ok(())
}

fn said(contrast: &Contrast, without: &str, with: &str) -> String {
    let rate = |rate: &somnium_dream::effect::Rate| {
        format!("{} of {} ({})", number(rate.hits), number(rate.sessions), percent(rate.rate))
    };
    let within = match contrast.within {
        Within::Task => " within the same task",
        Within::Project => " within the same project",
        Within::Arrangement | Within::Everything => "",
    };
    format!(
        "{} {with}, {} {without}; difference{within} {} points (95%)",
        rate(&contrast.with),
        rate(&contrast.without),
        difference(contrast)
    )
}

fn saved(note: &NoteEffect, screen: &mut Screen) -> io::Result<()> {
    let Some(saved) = &note.saved else { return Ok(()) };
    let interval = |found: &somnium_dream::effect::PerSession, digits| {
        let [low, high] = found.interval.map(|end| signed(end, digits));
        format!("95% {low} to {high}")
    };
    let (steps, tokens) = savings(saved);
    let mut text = format!("{steps} steps in each session ({})", interval(&saved.steps, 1));
    if let Some(found) = &saved.tokens {
        text += &format!(", {tokens} tokens ({})", interval(found, 0));
    }
    text += match saved.of {
        SavedOf::Mistake => ", of those between the mistake and the next success",
        SavedOf::Session => ", of all that sessions take",
    };
    item("saved", text + &format!("; {} steps so far", signed(saved.steps_in_all, 0)), screen)
}

fn dealt(note: &NoteEffect, screen: &mut Screen) -> io::Result<()> {
    let Some(dealt) = note.dealt else { return Ok(()) };
    let text = format!(
        "{} of {} dealt the note were shown it, {} of {} dealt to start without it were all the same",
        number(dealt.given_shown),
        number(dealt.given),
        number(dealt.held_back_shown),
        number(dealt.held_back)
    );
    item("dealt", text, screen)
}

fn windows(note: &NoteEffect, screen: &mut Screen) -> io::Result<()> {
    for (at, window) in note.windows.iter().enumerate() {
        let (first, last) = days(window);
        let days = format!("{first} to {last}");
        let [low, high] = window.interval.map(percent);
        let text = format!(
            "{days}  {:<9}  {} of {} ({}, 95% {low} to {high})",
            crate::words::name_of(&window.group),
            number(window.rate.hits),
            number(window.rate.sessions),
            percent(window.rate.rate),
        );
        item(if at == 0 { "over time" } else { "" }, text, screen)?;
    }
    Ok(())
}

fn guard(note: &NoteEffect, screen: &mut Screen) -> io::Result<()> {
    let Some(guard) = &note.guard else { return Ok(()) };
    screen.blank()?;
    let text = "It is read and broken: a rule is not a barrier. This hook of Claude Code asks a person before the call. It \
                is a proposal and is installed nowhere; to have it, put it into `.claude/settings.json`:";
    screen.wrapped(0, text)?;
    screen.blank()?;
    screen.json(&guard.settings)
}
