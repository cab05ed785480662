//! Everything that is printed goes through here: results to standard output, notices to standard error.
//!
//! [`Line`] escapes what it is given, so that no byte of a transcript ever acts on a terminal.

mod clean;
mod json;
mod line;

use std::io::{self, BufWriter, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

pub(crate) use line::{Line, Paint};

/// Columns where the width is unknown: output that is not a terminal's reads like one of this width.
const DEFAULT_WIDTH: usize = 100;
/// Longer lines are hard to read, however wide the terminal is.
const MAX_WIDTH: usize = 120;

/// A place to print to.
pub(crate) struct Screen {
    out: Box<dyn Write>,
    colour: bool,
    width: usize,
    terminal: bool,
}

impl Screen {
    /// Returns the screen for results.
    pub(crate) fn stdout() -> Self {
        let out = io::stdout();
        let colour = anstream::AutoStream::choice(&out) != anstream::ColorChoice::Never;
        let terminal = out.is_terminal();
        Self { out: Box::new(BufWriter::new(out)), colour, width: width_of(terminal), terminal }
    }

    /// Returns the screen for errors, warnings and hints.
    pub(crate) fn stderr() -> Self {
        let out = io::stderr();
        let colour = anstream::AutoStream::choice(&out) != anstream::ColorChoice::Never;
        let terminal = out.is_terminal();
        Self { out: Box::new(out), colour, width: usize::MAX, terminal }
    }

    /// Returns the screen for a conversation beside results that go elsewhere: standard error, wrapped.
    pub(crate) fn beside() -> Self {
        let screen = Self::stderr();
        Self { width: width_of(screen.terminal), ..screen }
    }

    /// Prints a question, and leaves the cursor behind it.
    pub(crate) fn ask(&mut self, question: &str) -> io::Result<()> {
        write!(self.out, "{}", clean::clean(question))?;
        self.out.flush()
    }

    /// Returns whether a person is looking.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Prints a line as it is, however long.
    pub(crate) fn line(&mut self, line: impl Into<Line>) -> io::Result<()> {
        for (paint, text) in line.into().pieces() {
            let style = if self.colour { style_of(paint) } else { Style::new() };
            write!(self.out, "{style}{text}{style:#}")?;
        }
        self.out.write_all(b"\n")
    }

    /// Prints an empty line.
    pub(crate) fn blank(&mut self) -> io::Result<()> {
        self.line("")
    }

    /// Prints a line cut to the width.
    pub(crate) fn cut(&mut self, line: impl Into<Line>) -> io::Result<()> {
        let line = line.into().cut(self.width);
        self.line(line)
    }

    /// Prints a line broken at spaces, every part behind `indent` spaces.
    pub(crate) fn wrapped(&mut self, indent: usize, line: impl Into<Line>) -> io::Result<()> {
        for part in line.into().wrap(self.width.saturating_sub(indent).max(20)) {
            self.write_indented(indent, part)?;
        }
        Ok(())
    }

    /// Prints an item of a list: `mark` in front of the first part, the others below where that one starts.
    pub(crate) fn item(&mut self, mark: &str, line: impl Into<Line>) -> io::Result<()> {
        let indent = mark.chars().count();
        let parts = line.into().wrap(self.width.saturating_sub(indent).max(20));
        for (index, part) in parts.into_iter().enumerate() {
            if index == 0 {
                write!(self.out, "{mark}")?;
                self.line(part)?;
            } else {
                self.write_indented(indent, part)?;
            }
        }
        Ok(())
    }

    /// Prints text of several lines, each wrapped behind `indent` spaces.
    pub(crate) fn text(&mut self, indent: usize, text: &str) -> io::Result<()> {
        text.lines().try_for_each(|line| self.wrapped(indent, line))
    }

    /// Prints one JSON document.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        json::write(&mut self.out, value)
    }

    /// Prints one JSON document on one line.
    pub(crate) fn json_line(&mut self, value: &impl Serialize) -> io::Result<()> {
        json::write_line(&mut self.out, value)
    }

    /// Prints what is still held back. What is not flushed by this is flushed at the end, unchecked.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn write_indented(&mut self, indent: usize, line: Line) -> io::Result<()> {
        if line.width() > 0 {
            write!(self.out, "{:indent$}", "")?;
        }
        self.line(line)
    }
}

fn width_of(terminal: bool) -> usize {
    if !terminal {
        return DEFAULT_WIDTH;
    }
    let columns = terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0));
    columns.unwrap_or(DEFAULT_WIDTH).clamp(40, MAX_WIDTH)
}

fn style_of(paint: Paint) -> Style {
    match paint {
        Paint::Plain => Style::new(),
        Paint::Strong => Style::new().bold(),
        Paint::Faint => Style::new().dimmed(),
        Paint::Name => AnsiColor::Cyan.on_default(),
        Paint::Good => AnsiColor::Green.on_default(),
        Paint::Bad => AnsiColor::Red.on_default(),
        Paint::Warn => AnsiColor::Yellow.on_default(),
    }
}
