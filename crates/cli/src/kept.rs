//! What earlier dreams left beside the memory, for the engine.

use somnium_dream::{Normalised, Options, Past, Prior, Tally, digest, kept};
use somnium_memory::store::{Folder, SessionFile};

use crate::fault::{Fault, warn};
use crate::words::count;

/// What earlier dreams kept.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) tally: Option<Tally>,
    pub(crate) sessions: Past,
    /// The files of sessions. What is missing here could not be used and is not listed any more.
    pub(crate) files: Vec<SessionFile>,
}

impl Kept {
    /// Reads what a dream of `new` needs: the sessions only where what was counted of them will not do, or where
    /// `all` are asked for.
    ///
    /// # Errors
    ///
    /// SOM010 where a file is there and cannot be read.
    pub(crate) fn read(
        folder: &Folder,
        new: &[Normalised],
        options: &Options,
        all: bool,
    ) -> Result<Self, Fault> {
        let tally = folder.tally().and_then(|bytes| Tally::decode(&bytes).ok());
        let will_do = tally.as_ref().is_some_and(|tally| !all && tally.suffices(new, options));
        if will_do {
            return Ok(Self { tally, sessions: Past::Unread, files: folder.state().sessions.clone() });
        }
        Ok(Self { tally, ..Self::read_sessions(folder)? })
    }

    /// What cannot be used is told and left out: a dream goes on without.
    fn read_sessions(folder: &Folder) -> Result<Self, Fault> {
        let found = folder.sessions()?;
        let mut lost: Vec<String> =
            found.lost.iter().map(|lost| format!("`{}`: {}", lost.source, lost.why)).collect();
        let (mut files, mut dreams) = (Vec::new(), Vec::new());
        for (file, bytes) in found.files {
            match digest::decode(&bytes) {
                Ok(sessions) => {
                    files.push(file);
                    dreams.push(sessions);
                }
                Err(error) => lost.push(format!("those of dream `{}`: {error}", file.dream)),
            }
        }
        if let Some(first) = lost.first() {
            let files = count(lost.len() as u64, "file");
            warn(&format!(
                "{files} of sessions kept from earlier dreams cannot be used, {first}; the dream goes on without \
                 them, and reading those sessions again brings them back"
            ));
        }
        Ok(Self { tally: None, sessions: Past::Read(kept::assemble(dreams)), files })
    }
}

/// Packs sessions; `None` where there are none.
///
/// # Errors
///
/// SOM011 where they cannot be packed.
pub(crate) fn pack(news: &[Normalised]) -> Result<Option<Vec<u8>>, Fault> {
    if news.is_empty() {
        return Ok(None);
    }
    digest::encode(news).map(Some).map_err(|error| Fault::from_error("SOM011", &error))
}

/// Returns everything that the engine is to know of the folder before it looks at `new` sessions, and the files of
/// sessions that are of use still.
///
/// # Errors
///
/// As [`Kept::read`].
pub(crate) fn prior(
    folder: &Folder,
    new: &[Normalised],
    options: &Options,
    all: bool,
) -> Result<(Prior, Vec<SessionFile>), Fault> {
    let Kept { tally, sessions, files } = Kept::read(folder, new, options, all)?;
    Ok((Prior { tally, sessions, ..state_of(folder) }, files))
}

/// Returns what the folder says about earlier dreams and people's decisions, without their sessions.
pub(crate) fn state_of(folder: &Folder) -> Prior {
    let state = folder.state();
    Prior {
        pins: state.pins.blocks(folder.memory()),
        frozen: state.frozen.clone(),
        memory: folder.memory().clone(),
        baselines: state.baselines.clone(),
        tombstones: state.tombstones.clone(),
        hold_back: state.hold_back.clone(),
        ledger: state.ledger.clone(),
        ..Prior::default()
    }
}
