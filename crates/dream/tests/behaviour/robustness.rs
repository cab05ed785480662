//! Whatever a transcript holds: no panic, and every citation is true.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use somnium_types::{
    Actor, Body, Event, Origin, Status, SubagentPhase, SystemKind, ThreadId, ToolCall, ToolResult, Transcript,
};

use crate::common::*;

/// Texts that have gone wrong before, anywhere, and arbitrary ones.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec![
            "", " ", "\n", "Error:", "Error: ", "error: \u{0}", "Traceback (most recent call last):",
            "Traceback (most recent call last):\nKeyError: 'é'", "{\"error\": \"", "{\"error\": \"é\\\"ü\"}", "{\"error\": []}",
            "Exit code 1", "Exit code 1\n\n\n", "<error>", "<error></error>", "</error>", "<tool_use_error></tool_use_error>",
            "bash: é: command not found", "“”", "`", "…", "<*>", "# <*> ```", "é\u{301}\u{200b}\u{202e}", "\r\n\r\r\n", "🌱🌱🌱",
            "No, that's wrong", "needs_revision: ", "needs_revision: 🌱", "bed 7 is not open on 2026-03-04", "call sow first",
        ]).prop_map(str::to_owned),
        2 => "\\PC{0,60}",
        1 => any::<String>(),
        1 => ("[a-zé ]{1,9}", 1..400_usize).prop_map(|(piece, times)| piece.repeat(times)),
    ]
}

fn arguments() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![
            prop::sample::select(vec![
                "command",
                "file_path",
                "old_string",
                "new_string",
                "a.b",
                "",
                "é\"\\"
            ])
            .prop_map(str::to_owned),
            any::<String>(),
        ];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((key, inner), 0..4).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn tool() -> impl Strategy<Value = String> {
    let usual = vec!["Bash", "Edit", "Read", "sow", "mcp__garden__shell", "", "think", "user"];
    prop_oneof![6 => prop::sample::select(usual).prop_map(str::to_owned), 1 => "[^\u{0}-\u{1f}<>\u{2028}\u{2029}]{0,12}"]
}

fn status() -> impl Strategy<Value = Status> {
    prop::sample::select(vec![
        Status::Ok,
        Status::Error,
        Status::Error,
        Status::Denied,
        Status::Interrupted,
        Status::Unknown,
    ])
}

/// Calls and results are linked by few ids: results without calls, calls without results, several of both.
fn body() -> impl Strategy<Value = Body> {
    let id = || (0..4_u8).prop_map(|id| format!("c{id}"));
    let call = (id(), tool(), arguments(), any::<bool>()).prop_map(|(id, tool, input, user)| {
        Body::ToolCall(ToolCall {
            id: id.into(),
            tool,
            input,
            by: if user { Actor::User } else { Actor::Agent },
        })
    });
    let result =
        (id(), text(), status(), prop::option::of(-1..128_i32)).prop_map(|(id, text, status, exit_code)| {
            Body::ToolResult(ToolResult { call: id.into(), text, status, exit_code })
        });
    let kinds = vec![SystemKind::Grade, SystemKind::Meta, SystemKind::Compaction, SystemKind::Error];
    prop_oneof![
        4 => call,
        4 => result,
        1 => text().prop_map(|text| Body::User { text }),
        1 => text().prop_map(|text| Body::Assistant { text }),
        1 => (prop::sample::select(kinds), text()).prop_map(|(kind, text)| Body::System { kind, text }),
        1 => (text(), 0..3_u32).prop_map(|(text, child)| {
            Body::Subagent { phase: SubagentPhase::Start, child: ThreadId(child), text }
        }),
    ]
}

fn transcript() -> impl Strategy<Value = Transcript> {
    let event = (body(), 0..2_u32, any::<bool>()).prop_map(|(body, thread, web)| {
        let event = Event::new(body).on(ThreadId(thread));
        if web { event.from(Origin::Web) } else { event }
    });
    let label = || prop::option::of("\\PC{0,8}");
    ("[a-c]{1,2}", vec(event, 0..14), label(), label(), label()).prop_map(
        |(id, events, agent, task, project)| {
            let mut transcript = Transcript::new(id.into());
            transcript.events = events;
            transcript.agent = agent.map(Into::into);
            transcript.task = task.map(Into::into);
            transcript.project = project;
            transcript
        },
    )
}

/// The same sessions under other names and tasks, so that whatever is in them recurs and is published.
fn recurring(of: &[Transcript]) -> Vec<Transcript> {
    let copy = |at: usize| {
        of.iter().map(move |session| {
            let mut copy = session.clone();
            copy.id = format!("{}-{at}", session.id).into();
            copy.task = Some(format!("task {at}").into());
            copy
        })
    };
    (0..3).flat_map(copy).collect()
}

/// Dreams twice, and checks what holds of every dream.
fn check(world: &[Transcript]) -> usize {
    let mut store = Store::default();
    let first = store.dream(world);
    assert_evidence(&first, world);
    assert!(foreign_words(&first).is_empty(), "{:?} in\n{}", foreign_words(&first), files(&first.memory));
    let again = store.dream(world);
    assert_eq!(files(&again.memory), files(&first.memory));
    first.report.claims.len()
}

/// Which of several versions of a session under one id is taken is the engine's to say: here there is one.
fn without_doubles(mut world: Vec<Transcript>) -> Vec<Transcript> {
    world.sort_by(|a, b| a.id.cmp(&b.id));
    world.dedup_by(|a, b| a.id == b.id);
    world
}

proptest! {
    #![proptest_config(proptest_config(96))]

    #[test]
    fn anything_at_all_can_be_dreamt_of(world in vec(transcript(), 0..6)) {
        check(&recurring(&without_doubles(world)));
    }
}

#[test]
fn a_line_of_a_megabyte_is_quoted_in_part() {
    for line in
        ["x".repeat(1 << 20), "é ".repeat(1 << 19), format!("the plan is gone {}", "🌱".repeat(1 << 18))]
    {
        let world =
            sessions("long", 3, |session, _| session.error("sow", json!({ "text": line }), line.as_str()));
        check(&world);
        let told = dream(&world);
        assert!(bytes(&told).len() < 100_000);
    }
}

#[test]
fn arguments_of_any_depth_are_walked() {
    let deep = |depth: usize| (0..depth).fold(json!("seed"), |inner, _| json!({ "in": [inner] }));
    let world = sessions("deep", 3, |session, at| {
        session.error("sow", deep(50), "this seed lies too deep in here").ok("sow", deep(49 - at), "sown")
    });
    assert_eq!(check(&world), 1);
}

#[test]
fn a_session_of_thousands_of_calls_is_one_session() {
    let world = sessions("busy", 3, |session, _| {
        (0..2_000).fold(session, |session, at| match at % 3 {
            0 => session.error("sow", json!({ "bed": at }), format!("bed {} is frozen over", at % 97)),
            _ => session.ok("look", json!({ "bed": at }), "fine"),
        })
    });
    assert_eq!(claim(&dream(&world), "sow").support.sessions, 3);
}

#[test]
fn the_check_of_the_evidence_finds_a_wrong_place() {
    let world = garden();
    let dreamt = dream(&world);
    for tamper in [
        |place: &mut somnium_dream::EvidenceRef| place.bytes[0] += 1,
        |place: &mut somnium_dream::EvidenceRef| place.event_index -= 1,
        |place: &mut somnium_dream::EvidenceRef| place.quote.push('!'),
        |place: &mut somnium_dream::EvidenceRef| place.session_id = "nobody".into(),
    ] {
        let mut tampered = dreamt.clone();
        tamper(&mut tampered.report.claims[0].evidence[0]);
        let checked = std::panic::catch_unwind(|| assert_evidence(&tampered, &world));
        assert!(checked.is_err());
    }
}
