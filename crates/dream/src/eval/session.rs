//! Stretches of work: what is done on one thread between two requests of a person.

use somnium_types::Actor;

use crate::normalise::Normalised;

/// Something in a stretch of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A tool call, by its place in [`Normalised::steps`].
    Step(usize),
    /// The agent asks, and the person answers.
    Ask,
}

/// Returns the stretches of a session. What a person says unasked starts another one.
pub(super) fn stretches(session: &Normalised) -> Vec<Vec<Item>> {
    let mut threads: Vec<u32> = session.steps.iter().map(|step| step.thread).collect();
    threads.sort_unstable();
    threads.dedup();
    threads.into_iter().flat_map(|thread| of_thread(session, thread)).collect()
}

fn of_thread(session: &Normalised, thread: u32) -> Vec<Vec<Item>> {
    let (mut all, mut open, mut asked) = (Vec::new(), Vec::new(), false);
    let mut turns = session.turns.iter().filter(|turn| turn.thread == thread).peekable();
    for (at, step) in session.steps.iter().enumerate().filter(|(_, step)| step.thread == thread) {
        while let Some(turn) = turns.next_if(|turn| turn.event < step.call) {
            match turn.by {
                Actor::Agent => asked = turn.asks,
                Actor::User if !open.is_empty() && asked => open.push(Item::Ask),
                Actor::User if !open.is_empty() => all.push(std::mem::take(&mut open)),
                Actor::User => {}
            }
        }
        asked = false;
        open.push(Item::Step(at));
    }
    if !open.is_empty() {
        all.push(open);
    }
    all
}

/// A step without arguments or result, for tests.
#[cfg(test)]
pub(crate) fn blank(call: u32, tool: &str) -> crate::normalise::Step {
    crate::normalise::Step {
        call,
        result: Some(call + 1),
        thread: 0,
        tool: tool.to_owned(),
        is_shell: false,
        programs: Vec::new(),
        args: Vec::new(),
        facts: Vec::new(),
        answer: None,
        quote: None,
        fingerprint: u64::from(call),
        failure: None,
        ok: true,
        chars: 0,
        at: None,
        action: vec![tool.to_owned()],
    }
}

/// A session of these steps, for tests.
#[cfg(test)]
pub(crate) fn of_steps(
    id: &str,
    steps: Vec<crate::normalise::Step>,
    outcome: Option<somnium_types::Outcome>,
) -> Normalised {
    Normalised {
        id: id.into(),
        content_hash: somnium_types::sha256_hex(id.as_bytes()),
        agent: "a".into(),
        principal: None,
        team: None,
        project: None,
        task: Some(format!("task-{id}").into()),
        started_at: None,
        ended_at: None,
        outcome,
        events: 10,
        steps,
        turns: Vec::new(),
        exposed: Vec::new(),
        written: Vec::new(),
    }
}
