//! What a person answers: a key on a terminal, a line from anywhere else.

use std::io::{self, BufRead, IsTerminal};

use console::{Key, Term};

/// Where answers come from.
pub(super) enum Keys {
    /// Single keys.
    Terminal(Term),
    /// Lines, of which the first letter counts.
    Lines,
}

impl Keys {
    pub(super) fn here() -> Self {
        if io::stdin().is_terminal() { Self::Terminal(Term::stdout()) } else { Self::Lines }
    }

    /// Returns the next answer; `None` where there are no more. What is no letter is a blank.
    pub(super) fn next(&self) -> io::Result<Option<char>> {
        match self {
            // Leaving by Ctrl-C or Ctrl-D is leaving: what was decided is kept.
            Self::Terminal(terminal) => match terminal.read_key_raw() {
                Ok(Key::CtrlC | Key::Char('\u{4}')) => Ok(None),
                Ok(Key::Char(key)) if !key.is_control() => Ok(Some(key)),
                Ok(_) => Ok(Some(' ')),
                Err(error) if is_end(&error) => Ok(None),
                Err(error) => Err(error),
            },
            Self::Lines => {
                let mut line = String::new();
                let read = io::stdin().lock().read_line(&mut line)?;
                Ok((read > 0).then(|| line.trim().chars().next().unwrap_or(' ')))
            }
        }
    }

    /// Whether what is typed has to be shown by us.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self, Self::Terminal(_))
    }
}

fn is_end(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::NotConnected)
}
