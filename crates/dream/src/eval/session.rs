//! Stretches of work: the steps of one thread between two requests of a person.

use somnium_types::Actor;

use crate::normalise::Normalised;

/// Returns the stretches of a session, as places in [`Normalised::steps`].
pub(super) fn stretches(session: &Normalised) -> Vec<Vec<usize>> {
    let mut threads: Vec<u32> = session.steps.iter().map(|step| step.thread).collect();
    threads.sort_unstable();
    threads.dedup();
    let mut all = Vec::new();
    for thread in threads {
        let said = session.turns.iter().filter(|turn| turn.thread == thread && turn.by == Actor::User);
        let said: Vec<u32> = said.map(|turn| turn.event).collect();
        let mut open: Vec<usize> = Vec::new();
        let mut requests = 0;
        for (at, step) in session.steps.iter().enumerate().filter(|(_, step)| step.thread == thread) {
            let before = said.partition_point(|event| *event < step.call);
            if before != requests && !open.is_empty() {
                all.push(std::mem::take(&mut open));
            }
            requests = before;
            open.push(at);
        }
        if !open.is_empty() {
            all.push(open);
        }
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
    }
}
