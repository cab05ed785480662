//! One change that a person makes to a memory folder.

use somnium_memory::Memory;
use somnium_memory::store::{Change, Folder, State, What};
use somnium_memory::{Place, Places};
use somnium_types::{BlockId, ChangeId};

use crate::fault::Fault;
use crate::person::{Person, change_id};

/// Writes `after` and `state` to the folder for the person who gave the command.
///
/// # Errors
///
/// What [`Folder::change`] returns.
pub(crate) fn make(
    folder: &mut Folder,
    what: What,
    why: Option<String>,
    after: &Memory,
    state: &State,
) -> Result<ChangeId, Fault> {
    let (person, id) = (Person::here(), change_id());
    folder.change(Change { id: &id, at: person.now(), by: person.writer(), what, why, after, state })?;
    Ok(id)
}

/// Returns the block that a person named.
pub(crate) fn block_id(text: &str) -> BlockId {
    BlockId::from(text.trim_start_matches("som:"))
}

/// Returns the error for a block that is not there.
pub(crate) fn unknown_block(folder: &Folder, id: &BlockId) -> Fault {
    Fault::new("SOM020", format!("no block `{id}` in `{}`", folder.root().display()))
        .hint("`somnium memory ls` lists the blocks")
}

/// Reads places of a folder; each has to be there.
///
/// # Errors
///
/// SOM030 for a text that is no place, SOM020 for one that is not there.
pub(crate) fn places(folder: &Folder, texts: &[String]) -> Result<Places, Fault> {
    let read = |text: &String| {
        let place = Place::parse(text).map_err(|error| Fault::from_error(error.code(), &error))?;
        let memory = folder.memory();
        let there = match &place {
            Place::Root => true,
            Place::Block(id) => memory.block(id).is_some(),
            Place::File(_) | Place::Folder(_) => memory.files().any(|(path, _)| place.holds_file(path)),
        };
        if there { Ok(place) } else { Err(missing(folder, &place)) }
    };
    texts.iter().map(read).collect::<Result<_, _>>().map(Places)
}

fn missing(folder: &Folder, place: &Place) -> Fault {
    match place {
        Place::Block(id) => unknown_block(folder, id),
        _ => Fault::new("SOM020", format!("nothing is at `{place}` in `{}`", folder.root().display()))
            .hint("`somnium memory ls` lists the files"),
    }
}
