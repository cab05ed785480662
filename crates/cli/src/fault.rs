//! Why a command could not do what it was asked to: a code with a page, a sentence, the causes, a hint.

use std::error::Error;
use std::io;
use std::process::ExitCode;

use crate::screen::{Line, Paint, Screen};

/// The exit status when nothing at all was readable.
pub(crate) const NOTHING_READ: u8 = 2;

/// The end of a command that did not succeed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Whoever read our output has gone (`| head`). Not an error.
    ClosedPipe,
    /// Something to tell the person.
    Told(Box<Told>),
}

/// What is told.
#[derive(Debug)]
pub(crate) struct Told {
    code: Option<&'static str>,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
    status: u8,
}

/// The exit status of an error.
const FAILED: u8 = 1;

impl Fault {
    /// Returns a fault with a code of [`somnium_types::ERROR_CODES`].
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self::Told(Box::new(Told {
            code: Some(code),
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
            status: FAILED,
        }))
    }

    /// Returns a fault from an error of another crate, with its causes.
    pub(crate) fn from_error(code: &'static str, error: &dyn Error) -> Self {
        let mut causes = Vec::new();
        let mut source = error.source();
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        Self::Told(Box::new(Told {
            code: Some(code),
            message: error.to_string(),
            causes,
            hints: Vec::new(),
            status: FAILED,
        }))
    }

    /// Adds a cause.
    pub(crate) fn because(mut self, cause: impl ToString) -> Self {
        if let Self::Told(told) = &mut self {
            told.causes.push(cause.to_string());
        }
        self
    }

    /// Adds a hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Self::Told(told) = &mut self {
            told.hints.push(hint.into());
        }
        self
    }

    /// Sets the exit status.
    pub(crate) fn status(mut self, status: u8) -> Self {
        if let Self::Told(told) = &mut self {
            told.status = status;
        }
        self
    }

    /// Returns its code, where it has one.
    pub(crate) fn code(&self) -> Option<&'static str> {
        match self {
            Self::ClosedPipe => None,
            Self::Told(told) => told.code,
        }
    }

    /// Returns its sentence.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::ClosedPipe => String::new(),
            Self::Told(told) => told.message.clone(),
        }
    }

    /// Prints the fault to standard error and returns the exit status.
    pub(crate) fn report(self) -> ExitCode {
        let Self::Told(told) = self else { return ExitCode::SUCCESS };
        // There is nobody left to tell when standard error is closed too.
        let _ = told.print(&mut Screen::stderr());
        ExitCode::from(told.status)
    }
}

impl Told {
    fn print(&self, screen: &mut Screen) -> io::Result<()> {
        let label = self.code.map_or("error".to_owned(), |code| format!("error[{code}]"));
        screen.line(Line::new().with(Paint::Bad, label).plain(": ").plain(&self.message))?;
        for cause in &self.causes {
            screen.line(Line::from("  because: ").plain(cause))?;
        }
        let more = self.code.map(|code| format!("`somnium explain {code}` says more"));
        for hint in self.hints.iter().chain(&more) {
            screen.line(Line::new().name("hint").plain(": ").plain(hint))?;
        }
        Ok(())
    }
}

/// Prints a warning to standard error.
pub(crate) fn warn(message: &str) {
    // A warning that nobody can read stops nothing.
    let _ = Screen::stderr().line(Line::new().with(Paint::Warn, "warning").plain(": ").plain(message));
}

/// Prints a hint to standard error.
pub(crate) fn hint(message: &str) {
    let _ = Screen::stderr().line(Line::new().name("hint").plain(": ").plain(message));
}

/// Only writing to standard output gives a bare `io::Error`; all else says what it was about.
impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ClosedPipe;
        }
        Self::Told(Box::new(Told {
            code: None,
            message: "cannot write to standard output".to_owned(),
            causes: vec![error.to_string()],
            hints: Vec::new(),
            status: FAILED,
        }))
    }
}
