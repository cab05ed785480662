//! The server with the client of the same SDK at the other end of a pipe.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rmcp::model::{CallToolRequestParams, ReadResourceRequestParams};
use rmcp::service::{RoleClient, RunningService};
use rmcp::{ServiceExt, model::CallToolResult};
use serde_json::{Value, json};
use somnium_mcp::{Server, Shelf, Trouble};
use somnium_memory::store::{Folder, What};
use somnium_memory::tool::Reach;
use somnium_types::{ChangeId, Timestamp};
use tempfile::TempDir;

const NOTE: &str = "# Beds\n\n### Sow beans late  <!-- som:m-1 -->\nIn May, when `soil_temp` is 12.\n";

fn world() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join("memory").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "MEMORY.md",
        "# Memory\n\n<!-- som:index -->\n- Sow beans late → notes/beds.md#m-1\n<!-- som:/index -->\n",
    );
    write("notes/beds.md", NOTE);
    write("quarantine.md", "### Bait  <!-- som:q-1 -->\nbeans\n");
    write("people/rosa.md", "### Hers  <!-- som:p-1 -->\nbeans\n");
    write(".env", "KEY=1\n");
    dir
}

fn shelf(root: PathBuf) -> Shelf {
    static MADE: AtomicU64 = AtomicU64::new(0);
    Shelf {
        open: Box::new(move || Folder::open(&root).map_err(|error| Trouble::of(error.code()))),
        change_id: || ChangeId::from(format!("chg_{}", MADE.fetch_add(1, Ordering::Relaxed))),
        now: || Timestamp::UNIX_EPOCH,
        agent: "gardener".to_owned(),
        reach: Reach::default(),
    }
}

type Client = RunningService<RoleClient, ()>;

/// Connects a client and runs `work` with it.
fn with_client<F: Future<Output = ()>>(root: &Path, work: impl FnOnce(Client) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let shelf = shelf(root.join("memory"));
    runtime.block_on(async {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let server = tokio::spawn(async move {
            let server = Server::new(Arc::new(shelf)).serve(ours).await.unwrap();
            server.waiting().await.unwrap();
        });
        let client = ().serve(theirs).await.unwrap();
        work(client).await;
        server.await.unwrap();
    });
}

async fn call(client: &Client, name: &'static str, arguments: Value) -> CallToolResult {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    client.call_tool(CallToolRequestParams::new(name).with_arguments(arguments)).await.unwrap()
}

/// The text of an answer, and whether it is an error.
async fn told(client: &Client, name: &'static str, arguments: Value) -> (String, bool) {
    let result = call(client, name, arguments).await;
    let text = result.content[0].as_text().unwrap().text.clone();
    (text, result.is_error.unwrap_or(false))
}

#[test]
fn the_tools_are_listed_with_schemas_and_hints() {
    with_client(world().path(), |client| async move {
        let info = client.peer_info().unwrap();
        assert!(info.instructions.as_ref().unwrap().contains("memory_read"));
        let tools = client.list_all_tools().await.unwrap();
        let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
        assert_eq!(names, ["memory_read", "memory_search", "memory_cite", "memory_report_wrong"]);
        let hints = |n: usize| tools[n].annotations.as_ref().unwrap();
        assert_eq!((hints(0).read_only_hint, hints(3).read_only_hint), (Some(true), Some(false)));
        assert!(tools.iter().all(|tool| tool.annotations.as_ref().unwrap().destructive_hint == Some(false)));
        assert_eq!(tools[1].input_schema["required"], json!(["query"]));
        client.cancel().await.unwrap();
    });
}

#[test]
fn a_memory_is_read_and_searched_and_what_is_kept_apart_is_not() {
    with_client(world().path(), |client| async move {
        let index = told(&client, "memory_read", json!({})).await;
        assert!(index.0.contains("Sow beans late → notes/beds.md#m-1") && !index.1);
        let note =
            ("Sow beans late\n(m-1 in /notes/beds.md)\n\nIn May, when `soil_temp` is 12.".to_owned(), false);
        assert_eq!(told(&client, "memory_read", json!({"what": "m-1"})).await, note);
        assert_eq!(
            told(&client, "memory_read", json!({"what": "/notes/beds.md"})).await,
            (NOTE.to_owned(), false)
        );
        assert!(
            told(&client, "memory_read", json!({"what": "notes"}))
                .await
                .0
                .contains("/memories/notes/beds.md")
        );
        let found = told(&client, "memory_search", json!({"query": "beans", "limit": 9})).await.0;
        assert_eq!(
            found,
            "1. Sow beans late\n   (m-1 in /notes/beds.md:3)\n   In May, when `soil_temp` is 12."
        );
        for what in [
            "q-1",
            "p-1",
            "quarantine.md",
            "people/rosa.md",
            ".env",
            "../x",
            ".somnium/state.json",
            "m-9",
            "%2e%2e",
        ] {
            assert!(told(&client, "memory_read", json!({"what": what})).await.1, "{what}");
        }
        let nothing = told(&client, "memory_search", json!({"query": "zebra"})).await;
        assert_eq!(nothing, ("Nothing in the memory has these words.".to_owned(), false));
        client.cancel().await.unwrap();
    });
}

#[test]
fn citing_and_reporting_are_noted_and_change_no_note() {
    let dir = world();
    with_client(dir.path(), |client| async move {
        let cited = told(&client, "memory_cite", json!({"note": "m-1", "where": "spring  plan\n2"})).await;
        assert_eq!(cited, ("Noted: `m-1` was used.".to_owned(), false));
        let key = "ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8";
        let reason = format!("june works too\u{202e}, key {key}");
        assert!(!told(&client, "memory_report_wrong", json!({"note": "som:m-1", "reason": reason})).await.1);
        for (name, arguments) in [
            ("memory_cite", json!({"note": "m-9"})),
            ("memory_cite", json!({"note": "q-1"})),
            ("memory_cite", json!({})),
            ("memory_report_wrong", json!({"note": "m-1"})),
            ("memory_report_wrong", json!({"note": "m-1", "reason": "  "})),
            ("memory_report_wrong", json!({"note": "m-1", "reason": "x".repeat(2_001)})),
            ("memory_search", json!({"query": 7})),
        ] {
            assert!(told(&client, name, arguments.clone()).await.1, "{name} {arguments}");
        }
        client.cancel().await.unwrap();
    });
    let folder = Folder::open(dir.path().join("memory")).unwrap();
    let whats: Vec<_> =
        folder.log().map(|(_, entry)| (entry.what.clone(), entry.why.clone().unwrap_or_default())).collect();
    assert_eq!(whats[1], (What::Cited, "spring plan 2".to_owned()));
    assert_eq!((whats.len(), &whats[2].0), (3, &What::Reported));
    assert!(whats[2].1.contains("[redacted:") && whats[2].1.contains("\\u{202e}"), "{}", whats[2].1);
    assert_eq!(std::fs::read_to_string(dir.path().join("memory/notes/beds.md")).unwrap(), NOTE);
}

#[test]
fn files_are_resources() {
    with_client(world().path(), |client| async move {
        let listed = client.list_all_resources().await.unwrap();
        let uris: Vec<&str> = listed.iter().map(|resource| resource.uri.as_str()).collect();
        assert_eq!(uris, ["somnium://memory/MEMORY.md", "somnium://memory/notes/beds.md"]);
        let read = client.read_resource(ReadResourceRequestParams::new(uris[1])).await.unwrap();
        assert_eq!(serde_json::to_value(&read.contents[0]).unwrap()["text"], NOTE);
        for uri in ["somnium://memory/quarantine.md", "somnium://memory/../x", "file:///etc/passwd"] {
            assert!(client.read_resource(ReadResourceRequestParams::new(uri)).await.is_err(), "{uri}");
        }
        client.cancel().await.unwrap();
    });
}

#[test]
fn unknown_tools_and_a_damaged_folder_are_errors_and_the_server_goes_on() {
    let dir = world();
    let root = dir.path().to_owned();
    with_client(dir.path(), |client| async move {
        assert!(client.call_tool(CallToolRequestParams::new("memory_shred")).await.is_err());
        std::fs::create_dir_all(root.join("memory/.somnium")).unwrap();
        std::fs::write(root.join("memory/.somnium/state.json"), "{").unwrap();
        let damaged = told(&client, "memory_read", json!({})).await;
        assert_eq!(damaged, ("the memory cannot be used now (SOM014)".to_owned(), true));
        std::fs::remove_file(root.join("memory/.somnium/state.json")).unwrap();
        assert!(!told(&client, "memory_read", json!({})).await.1);
        client.cancel().await.unwrap();
    });
}
