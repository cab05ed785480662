//! `somnium memory hold-back`.

use std::process::ExitCode;

use serde_json::json;
use somnium_dream::effect;
use somnium_memory::store::{Folder, HoldBack, Share, What};
use somnium_types::Timestamp;

use super::change;
use crate::command::Outcome;
use crate::fault::Fault;
use crate::input;
use crate::kept;
use crate::memory_folder::MemoryArgs;
use crate::person::Person;
use crate::screen::{Line, Screen};
use crate::words::{count, minute};

/// Says, or sets, how many sessions start without a note, so that its effect can be told from chance.
///
/// For each note by itself, a hash of the note's and the session's id decides. `somnium memory render` shows a session
/// what is left; `somnium memory effect` compares the two groups. Notes that a person wrote, said or pinned are never
/// held back. Without `--share` it prints what holds.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory hold-back --memory memory
  somnium memory hold-back --share 10% --memory memory
  somnium memory hold-back --share off --memory memory")]
pub(crate) struct Args {
    /// The share of sessions that start without a note: `10%`, or `off`
    #[arg(long, value_name = "SHARE", value_parser = share)]
    share: Option<Share>,
    /// Part of what is hashed: another one draws anew (default: the one before)
    #[arg(long, value_name = "TEXT", requires = "share")]
    salt: Option<String>,
    /// Since when it holds (default: now)
    #[arg(long, value_name = "TIME", value_parser = input::time, requires = "share")]
    now: Option<Timestamp>,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Why, for the history
    #[arg(long, value_name = "TEXT", requires = "share")]
    why: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let mut folder = self.memory.open()?;
        let id = match self.share {
            Some(share) => self.set(&mut folder, share)?,
            None => None,
        };
        let notes = effect::may_be_held_back(&kept::state_of(&folder))
            .map_err(|error| Fault::from_error(error.code(), &error))?;
        let arrangements = &folder.state().hold_back;
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&json!({ "change": id, "hold_back": arrangements, "notes": notes }))?;
        } else {
            print(arrangements.last(), notes.len() as u64, &mut screen)?;
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    /// Adds an arrangement; returns the change, or `None` where the same holds already.
    fn set(&self, folder: &mut Folder, share: Share) -> Result<Option<somnium_types::ChangeId>, Fault> {
        let mut state = folder.state().clone();
        let last = state.hold_back.last();
        let salt = self.salt.clone().or(last.map(|last| last.salt.clone())).unwrap_or_default();
        let from = self.now.unwrap_or_else(|| Person::here().now());
        let is_same = match last {
            Some(last) => last.share == share && last.salt == salt,
            None => share.parts() == 0,
        };
        if is_same {
            return Ok(None);
        }
        if let Some(last) = last.filter(|last| last.from > from) {
            let message = format!("what holds now began {}, after that time", minute(last.from));
            return Err(Fault::new("SOM030", message).hint("name a later time with `--now`"));
        }
        state.hold_back.push(HoldBack { share, salt, from });
        let after = folder.memory().clone();
        change::make(folder, What::Set, self.why.clone(), &after, &state).map(Some)
    }
}

fn share(text: &str) -> Result<Share, String> {
    if text == "off" {
        return Ok(Share::default());
    }
    let percent = text.strip_suffix('%').and_then(|number| number.trim().parse().ok());
    percent.and_then(Share::of_percent).ok_or_else(|| "not a share like `10%`, and not `off`".to_owned())
}

fn print(now: Option<&HoldBack>, notes: u64, screen: &mut Screen) -> std::io::Result<()> {
    let Some(now) = now.filter(|now| now.share.parts() > 0) else {
        return screen.wrapped(0, "No note is held back: every session starts with all of them.");
    };
    let line = Line::new()
        .strong(now.share.to_string())
        .plain(format!(" of the sessions start without a note, since {}, ", minute(now.from)))
        .plain(format!("drawn for each of {} by itself.", count(notes, "note")));
    screen.wrapped(0, line)?;
    screen.wrapped(0, "`somnium memory render --session ID` prints what a session is to be shown.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        assert_eq!(share("10%").unwrap().to_string(), "10%");
        assert_eq!(share("off").unwrap().parts(), 0);
        for wrong in ["10", "101%", "-1%", "%", "on", ""] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
