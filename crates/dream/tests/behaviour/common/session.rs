//! Sessions in a few words.

use jiff::SignedDuration;
use serde_json::{Value, json};
use somnium_types::{
    Actor, Body, Event, Origin, Outcome, OutcomeSource, Status, SystemKind, Timestamp, ToolCall, ToolResult,
    Transcript,
};

/// A session in the making. Unless told otherwise it is by the agent `worker`, on the first day, without task,
/// project and outcome; each call takes a minute.
#[derive(Clone)]
pub(crate) struct Session {
    transcript: Transcript,
    calls: u32,
    start: Timestamp,
}

/// The first day of every world.
fn first_day() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

impl Session {
    pub(crate) fn new(id: impl Into<String>) -> Self {
        let mut transcript = Transcript::new(id.into().into());
        transcript.agent = Some("worker".into());
        Self { transcript, calls: 0, start: first_day() }
    }

    /// Starts on the day so many days after the first one.
    pub(crate) fn day(mut self, day: i64) -> Self {
        self.start = first_day() + SignedDuration::from_hours(24 * day);
        self
    }

    pub(crate) fn task(mut self, task: impl Into<String>) -> Self {
        self.transcript.task = Some(task.into().into());
        self
    }

    pub(crate) fn agent(mut self, agent: &str) -> Self {
        self.transcript.agent = Some(agent.into());
        self
    }

    pub(crate) fn project(mut self, project: &str) -> Self {
        self.transcript.project = Some(project.to_owned());
        self
    }

    pub(crate) fn principal(mut self, principal: &str) -> Self {
        self.transcript.principal = Some(principal.into());
        self
    }

    pub(crate) fn outcome(mut self, success: bool) -> Self {
        self.transcript.outcome = Some(Outcome::new(success, OutcomeSource::Reward));
        self
    }

    /// A call and its answer, with all that a source can say about it.
    pub(crate) fn call(
        mut self,
        tool: &str,
        input: Value,
        status: Status,
        exit_code: Option<i32>,
        text: impl Into<String>,
    ) -> Self {
        let id = format!("call-{}", self.calls);
        let call = ToolCall { id: id.as_str().into(), tool: tool.to_owned(), input, by: Actor::Agent };
        let result = ToolResult { call: id.as_str().into(), text: text.into(), status, exit_code };
        self.calls += 1;
        self.event(Body::ToolCall(call)).event(Body::ToolResult(result))
    }

    /// A call that is marked as a success.
    pub(crate) fn ok(self, tool: &str, input: Value, text: &str) -> Self {
        self.call(tool, input, Status::Ok, None, text)
    }

    /// A call that is marked as an error.
    pub(crate) fn error(self, tool: &str, input: Value, text: impl Into<String>) -> Self {
        self.call(tool, input, Status::Error, None, text)
    }

    /// A command line with its exit status.
    pub(crate) fn shell(self, line: &str, exit_code: i32, text: impl Into<String>) -> Self {
        let status = if exit_code == 0 { Status::Ok } else { Status::Error };
        self.call("Bash", json!({ "command": line }), status, Some(exit_code), text)
    }

    pub(crate) fn user(self, text: &str) -> Self {
        self.event(Body::User { text: text.to_owned() })
    }

    pub(crate) fn says(self, text: &str) -> Self {
        self.event(Body::Assistant { text: text.to_owned() })
    }

    /// A grader's verdict, as the importers write it.
    pub(crate) fn grade(self, verdict: &str) -> Self {
        self.event(Body::System { kind: SystemKind::Grade, text: verdict.to_owned() })
    }

    /// The origin of the last event is another one.
    pub(crate) fn from(mut self, origin: Origin) -> Self {
        if let Some(event) = self.transcript.events.last_mut() {
            event.origin = origin;
        }
        self
    }

    pub(crate) fn event(mut self, body: Body) -> Self {
        let at = self.start + SignedDuration::from_mins(i64::from(self.calls));
        self.transcript.events.push(Event::new(body).at(Some(at)));
        self
    }

    pub(crate) fn build(mut self) -> Transcript {
        self.transcript.fill_times();
        self.transcript
    }
}

/// `count` sessions `<name>-00`, `<name>-01`, …, each with a task and a day of its own.
pub(crate) fn sessions(name: &str, count: usize, of: impl Fn(Session, usize) -> Session) -> Vec<Transcript> {
    let session = |at: usize| {
        let day = i64::try_from(at).unwrap();
        Session::new(format!("{name}-{at:02}")).task(format!("{name} task {at}")).day(day)
    };
    (0..count).map(|at| of(session(at), at).build()).collect()
}

/// Sessions in which nothing goes wrong: they only make the store larger.
pub(crate) fn quiet(count: usize) -> Vec<Transcript> {
    sessions("quiet", count, |session, _| session.ok("look_around", json!({}), "all is well"))
}
