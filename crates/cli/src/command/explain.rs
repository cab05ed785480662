//! `somnium explain`: the page of an error code.

use std::process::ExitCode;

use somnium_types::{ERROR_CODES, error_code};

use super::Outcome;
use crate::fault::Fault;
use crate::screen::{Line, Screen};

/// Prints what an error code means and what helps.
///
/// Every error that has a code has a page; without a code, the codes are listed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium explain
  somnium explain SOM002")]
pub(crate) struct Args {
    /// The code, as printed in `error[CODE]`.
    code: Option<String>,
}

macro_rules! pages {
    ($($code:literal)+) => {
        &[$(($code, include_str!(concat!("../../../../docs/errors/", $code, ".md")))),+]
    };
}

/// The pages, by code.
const PAGES: &[(&str, &str)] = pages!(
    "SOM001" "SOM002" "SOM003" "SOM010" "SOM011" "SOM012" "SOM013" "SOM014" "SOM015" "SOM016"
    "SOM017" "SOM020" "SOM021" "SOM030" "SOM040"
);

impl Args {
    pub(super) fn run(self) -> Outcome {
        let mut screen = Screen::stdout();
        let Some(code) = self.code else {
            for row in ERROR_CODES {
                screen.wrapped(0, Line::new().name(row.code).plain("  ").plain(row.title))?;
            }
            screen.flush()?;
            return Ok(ExitCode::SUCCESS);
        };
        let page = error_code(&code)
            .and_then(|row| PAGES.iter().find(|(code, _)| *code == row.code))
            .map(|(_, page)| *page)
            .ok_or_else(|| {
                Fault::new("SOM020", format!("no error has the code `{code}`"))
                    .hint("`somnium explain` lists the codes")
            })?;
        for line in page.lines() {
            screen.line(line)?;
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_page() {
        let pages: Vec<_> = PAGES.iter().map(|(code, _)| *code).collect();
        let codes: Vec<_> = ERROR_CODES.iter().map(|row| row.code).collect();
        assert_eq!(pages, codes);
        for (row, (_, page)) in ERROR_CODES.iter().zip(PAGES) {
            assert!(page.starts_with(&format!("# {}: {}\n", row.code, row.title)), "{}", row.code);
        }
    }
}
