//! Secrets in transcripts never reach the report, the memory or the ledger.
//!
//! They are put together when the tests run, so that nothing here looks like one.

use serde_json::json;
use somnium_types::{Event, Transcript};

use crate::common::*;

/// A made-up secret: letters and digits from a fixed generator.
fn random(seed: u64, length: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(ALPHABET[(state >> 33) as usize % ALPHABET.len()])
    };
    (0..length).map(|_| next()).collect()
}

/// Secrets by the ways in which they are told: by their prefix, by their form, by the name in front.
fn secret(kind: usize, seed: u64) -> String {
    match kind % 4 {
        0 => format!("{}{}", ["gh", "p_"].concat(), random(seed, 36)),
        1 => format!("{}{}", ["AK", "IA"].concat(), random(seed, 16).to_uppercase()),
        2 => format!(
            "{}{}",
            ["xox", "b-"].concat(),
            ["123456789012", "123456789012", &random(seed, 24)].join("-")
        ),
        _ => format!("{}{}", ["gl", "pat-"].concat(), random(seed, 20)),
    }
}

/// Everything that the dream returns does not hold any of the secrets, nor a telling part of one; the sessions do.
fn kept_out(world: &[Transcript], secrets: &[String]) {
    let dreamt = dream(world);
    assert!(!dreamt.report.claims.is_empty(), "something is published, so that there is something to search");
    // What is kept of the sessions for the next dreams is on disk too.
    let told = format!("{}\n{:?}", bytes(&dreamt), kept(&dreamt));
    let raw: String = world.iter().flat_map(|session| &session.events).map(Event::text).collect();
    for secret in secrets {
        let core = &secret[secret.len() - 12..];
        assert!(raw.contains(core), "the control: the search finds it in the transcripts");
        assert!(!told.to_lowercase().contains(&core.to_lowercase()), "{core} is in\n{told}");
    }
    assert_evidence(&dreamt, world);
}

/// What is kept of the sessions, read back from the bytes.
fn kept(dreamt: &somnium_dream::Dreamt) -> Vec<somnium_dream::Normalised> {
    let digests = somnium_dream::digest::encode(&dreamt.news).unwrap();
    somnium_dream::digest::decode(&digests).unwrap()
}

#[test]
fn in_the_line_that_says_what_went_wrong() {
    for kind in 0..4 {
        let secrets: Vec<_> = (0..4).map(|at| secret(kind, at)).collect();
        let world = sessions("s", 4, |session, at| {
            session.error("sync", json!({}), format!("the gate refused token {} for now", secrets[at]))
        });
        kept_out(&world, &secrets);
    }
}

#[test]
fn the_same_secret_every_time_does_not_become_part_of_the_template() {
    for kind in 0..4 {
        let secret = secret(kind, 7);
        let world = sessions("s", 4, |session, _| {
            session.error("sync", json!({}), format!("the gate refused token {secret} for now"))
        });
        kept_out(&world, &[secret]);
    }
}

#[test]
fn in_arguments_also_where_they_are_the_repair() {
    for kind in 0..4 {
        let (wrong, right) = (secret(kind, 1), secret(kind, 2));
        let world = sessions("s", 4, |session, _| {
            session
                .error(
                    "sync",
                    json!({ "auth": wrong, "deep": [{ "key": wrong }] }),
                    "the gate is shut: invalid value",
                )
                .ok("sync", json!({ "auth": right, "deep": [{ "key": right }] }), "done")
        });
        kept_out(&world, &[wrong, right]);
    }
}

#[test]
fn told_by_the_name_of_the_argument_only() {
    let (wrong, right) = (random(5, 28), random(6, 28));
    let world = sessions("s", 4, |session, _| {
        session.error("sync", json!({ "api_key": wrong }), "the gate is shut: invalid value").ok(
            "sync",
            json!({ "api_key": right }),
            "done",
        )
    });
    kept_out(&world, &[wrong, right]);
}

#[test]
fn in_command_lines_and_what_they_print() {
    for kind in 0..4 {
        let secrets: Vec<_> = (0..4).map(|at| secret(kind, at)).collect();
        let world = sessions("s", 4, |session, at| {
            let secret = &secrets[at];
            session
                .shell(
                    &format!("TOKEN={secret} gatectl push --auth {secret}"),
                    3,
                    format!("gatectl: cannot reach the gate with {secret}"),
                )
                .shell(&format!("gatectl push --auth {secret} --slow"), 0, format!("sent with {secret}"))
        });
        kept_out(&world, &secrets);
    }
}

#[test]
fn in_the_names_of_files() {
    for kind in 0..4 {
        let secrets: Vec<_> = (0..4).map(|at| secret(kind, at)).collect();
        let world =
            sessions("s", 4, |session, at| {
                let path = format!("/beds/{}.txt", secrets[at]);
                session
                    .error("Edit", json!({ "file_path": path }), format!("{path}: file does not exist"))
                    .shell(&format!("cat {path}"), 1, format!("cat: {path}: No such file or directory"))
            });
        kept_out(&world, &secrets);
    }
}

#[test]
fn broken_over_two_lines() {
    for kind in [0, 3] {
        let secrets: Vec<_> = (0..4).map(|at| secret(kind, at)).collect();
        let world = sessions("s", 4, |session, at| {
            let (head, tail) = secrets[at].split_at(secrets[at].len() - 14);
            session.error("sync", json!({}), format!("Error: the gate refused token {head}\n{tail}\nfor now"))
        });
        kept_out(&world, &secrets);
    }
}

#[test]
fn at_the_border_of_what_is_kept_of_a_long_line() {
    let world_with = |filler: usize, secrets: &[String]| {
        sessions("s", 4, |session, at| {
            let filler = "so ".repeat(filler);
            session.error("sync", json!({}), format!("the gate refused {filler}{} for now", secrets[at]))
        })
    };
    let secrets: Vec<_> = (0..4).map(|at| secret(0, at)).collect();
    for filler in 60..80 {
        kept_out(&world_with(filler, &secrets), &secrets);
    }
}

#[test]
fn in_the_names_of_arguments() {
    let secrets: Vec<_> = (0..4).map(|at| secret(0, at)).collect();
    let world = sessions("s", 4, |session, at| {
        session.error("sync", json!({ "bed": 1 }), "the gate is shut: invalid value").ok(
            "sync",
            json!({ "bed": 2, "extra": { &secrets[at]: true } }),
            "done",
        )
    });
    kept_out(&world, &secrets);
}

#[test]
fn in_the_same_name_of_an_argument_every_time() {
    let secret = secret(0, 3);
    let world = sessions("s", 4, |session, _| {
        session.error("sync", json!({ "bed": 1 }), "the gate is shut: invalid value").ok(
            "sync",
            json!({ "bed": 1, "extra": { &secret: true } }),
            "done",
        )
    });
    kept_out(&world, &[secret]);
}

#[test]
fn in_the_name_of_a_tool() {
    let secret = secret(0, 3);
    let world = sessions("s", 4, |session, _| {
        session.error(&format!("sync {secret}"), json!({}), "the gate is stuck in its hinges")
    });
    kept_out(&world, &[secret]);
}

#[test]
fn in_the_labels_of_a_session() {
    let secret = secret(0, 3);
    let world = sessions("s", 4, |session, at| {
        session
            .task(format!("rotate {secret} {at}"))
            .says(&secret)
            .project(&format!("/home/ivy/{secret}"))
            .error("sync", json!({}), "the gate is stuck in its hinges")
    });
    kept_out(&world, &[secret]);
}

#[test]
fn in_what_a_person_and_a_grader_say() {
    let secrets: Vec<_> = (0..4).map(|at| secret(0, at)).collect();
    let world = sessions("s", 4, |session, at| {
        let secret = &secrets[at];
        session
            .ok("sync", json!({}), "done")
            .user(&format!("No, that's wrong, the token is {secret}"))
            .grade(&format!("needs_revision: the token {secret} stands in the log"))
    });
    kept_out(&world, &secrets);
}
