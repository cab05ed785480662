//! One world with a bit of everything: three projects' worth of gardening, by four agents, for three people.

use serde_json::json;
use somnium_types::Transcript;

use super::{Session, sessions};

/// Thirty sessions over thirty days. Four mistakes recur (one with each kind of repair but a retry, one of them
/// on the shell), one nearly does, and the rest is work that goes well.
pub(crate) fn garden() -> Vec<Transcript> {
    sessions("garden", 30, |session, at| {
        let session = session
            .agent(["fern", "ivy", "moss", "reed"][at % 4])
            .principal(["ada", "bo", "cy"][at % 3])
            .project(["beds", "pots"][at % 2])
            .task(format!("job {}", at % 7))
            .user("Please look after the garden.")
            .ok("read_sensor", json!({ "sensor": at }), "21 degrees");
        let session = match at % 10 {
            0 | 3 => wrong_season(session, at),
            1 | 5 => closed_house(session, at),
            2 => missing_program(session, at),
            4 => taken_bed(session, at),
            6 if at < 20 => session.error("prune", json!({}), "these shears are blunt today"),
            _ => session.ok("water", json!({ "bed": at }), "watered"),
        };
        session.says("All done.").outcome(at % 10 > 3)
    })
}

/// `sow` wants another season.
fn wrong_season(session: Session, at: usize) -> Session {
    let input = |season: &str| json!({ "bed": format!("bed-{at}"), "season": season });
    session
        .error(
            "sow",
            input("winter"),
            format!("bed-{at} is not open for sowing before 2026-04-{:02}", at + 1),
        )
        .ok("sow", input("spring"), "sown")
}

/// `water` wants the house to be opened first.
fn closed_house(session: Session, at: usize) -> Session {
    let input = json!({ "bed": at });
    session
        .error("water", input.clone(), format!("house {at} is closed: call open_house first"))
        .ok("open_house", json!({ "house": at }), "open")
        .ok("water", input, "watered")
}

/// `file` is not there, `xxd` is.
fn missing_program(session: Session, at: usize) -> Session {
    session.shell(&format!("file seed_{at}.bin"), 127, "bash: file: command not found").shell(
        &format!("xxd seed_{at}.bin"),
        0,
        "00000000: 7365 6564",
    )
}

/// Nobody finds out what to do about it.
fn taken_bed(session: Session, at: usize) -> Session {
    session.error("move_pot", json!({ "pot": at }), format!("pot {at} stands in somebody else's bed"))
}
