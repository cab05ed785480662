use super::*;
use crate::eval::session::{blank, of_steps};
use crate::normalise::{Arg, Fact, Normalised, Source, Step, Turn};
use somnium_types::{Actor, Origin};

/// A step that finds things (`found`) or is given one (`given`), which an earlier `list` found.
fn step(call: u32, tool: &str, found: &[&str], given: Option<&str>) -> Step {
    let fact = |value: &&str| Fact { path: "items[]".to_owned(), value: (*value).to_owned() };
    let arg = |value: &str| Arg {
        path: "id".to_owned(),
        value: value.to_owned(),
        quote: None,
        sources: vec![Source::Result { tool: "list".to_owned(), path: "items[]".to_owned() }],
    };
    Step {
        facts: found.iter().map(fact).collect(),
        args: given.map(arg).into_iter().collect(),
        ..blank(call, tool)
    }
}

/// A session that opens every item that it finds, then closes: what comes after `open` depends on what is left.
fn session(n: usize, items: usize) -> Normalised {
    let names: Vec<String> = (0..items).map(|item| format!("item-{n}{item}")).collect();
    let found: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut steps = vec![step(0, "list", &found, None)];
    for name in &names {
        steps.push(step(2 * steps.len() as u32, "open", &[], Some(name)));
    }
    steps.push(step(2 * steps.len() as u32, "close", &[], None));
    of_steps(&format!("s{n:02}"), steps, None)
}

fn sessions() -> Vec<Normalised> {
    (0..24).map(|n| session(n, 1 + n % 4)).collect()
}

fn learnt(sessions: &[Normalised]) -> NextActions {
    learn(&sessions.iter().collect::<Vec<_>>())
}

#[test]
fn what_is_left_tells_what_comes_next_where_the_last_actions_do_not() {
    let published = learnt(&sessions());
    let inputs = published.inputs.iter().find(|inputs| inputs.action == "open").unwrap();
    assert_eq!(inputs.from, [("list".to_owned(), "items[]".to_owned())]);
    let right = |published: &NextActions| {
        let predictor = Predictor::new(published);
        let of = |items| {
            let unseen = session(77, items);
            let ranked = predictor.ranked(&unseen, 1);
            let truth = unseen.steps.iter().map(|step| step.tool.as_str());
            ranked[0].iter().zip(truth).filter(|(ranked, truth)| ranked.first() == Some(truth)).count()
        };
        (1..=4).map(of).sum::<usize>()
    };
    // Four sessions: the list, one to four items, the end.
    assert_eq!(right(&published), 4 + (1 + 2 + 3 + 4) + 4);

    // Without that cue nobody can know where it ends.
    let mut without = published.clone();
    without.rows.retain(|row| row.cue != Cue::Inputs);
    assert!(right(&without) <= 15, "{}", right(&without));
}

#[test]
fn neither_the_order_of_sessions_nor_reading_it_back_changes_anything() {
    let mut all = sessions();
    let published = learnt(&all);
    all.reverse();
    all.swap(3, 9);
    assert_eq!(learnt(&all), published);
    let text = serde_json::to_string(&published).unwrap();
    let read: NextActions = serde_json::from_str(&text).unwrap();
    assert_eq!(read, published);
}

#[test]
fn a_row_says_what_was_counted() {
    let published = learnt(&sessions());
    let row = |key: &[&str]| {
        let row = published.rows.iter().find(|row| row.cue == Cue::After && row.key == key);
        row.map(|row| (row.n, row.next.clone()))
    };
    // Six sessions each of one to four items: 24 times the first is opened behind the list.
    assert_eq!(row(&["list"]), Some((24, vec![("open".to_owned(), 24)])));
    assert_eq!(row(&["open"]), Some((60, vec![("open".to_owned(), 36), ("close".to_owned(), 24)])));
}

#[test]
fn a_budget_keeps_the_most_telling_rows() {
    let published = learnt(&sessions());
    let half = published.within(published.tokens() / 2);
    assert!(half.tokens() <= published.tokens() / 2);
    assert!(!half.rows.is_empty() && published.rows.starts_with(&half.rows));
    assert!(published.within(0).rows.is_empty());
    assert_eq!(published.within(usize::MAX), published);
}

#[test]
fn nothing_is_learnt_from_nothing() {
    let published = learnt(&[]);
    assert!(published.rows.iter().all(|row| row.n == 0) && published.actions.is_empty());
    let unseen = session(1, 1);
    assert!(Predictor::new(&published).ranked(&unseen, 3)[0].iter().all(Vec::is_empty));
}

/// A session in which a person says something, and the agent then does what `tool` says.
fn asked(n: usize, said: &str, tool: &str) -> Normalised {
    let mut session = of_steps(&format!("t{n:02}"), vec![step(2, tool, &[], None)], None);
    session.turns = vec![Turn {
        event: 0,
        thread: 0,
        by: Actor::User,
        origin: Origin::Owner,
        principal: None,
        clauses: vec![crate::evidence::quote(0, said, 0..said.len())],
        asks: false,
        pasted: Vec::new(),
        is_document: false,
        figures: Vec::new(),
    }];
    session
}

#[test]
fn words_tell_what_comes_next_and_names_are_not_published() {
    let sessions: Vec<Normalised> = (0..40)
        .map(|n| match n % 2 {
            0 => asked(n, "I am Violet, please cancel it", "cancel"),
            _ => asked(n, "I am Ambrose, ambrose_9 at home: please book it", "book"),
        })
        .collect();
    let published = learnt(&sessions);
    let text = serde_json::to_string(&published).unwrap();
    assert!(text.contains("\"home\""), "{text}");
    assert!(!text.contains("violet") && !text.contains("ambrose"), "{text}");
    let predictor = Predictor::new(&published);
    for (said, tool) in [("cancel everything", "cancel"), ("book two of them", "book")] {
        let unseen = asked(90, said, tool);
        assert_eq!(predictor.ranked(&unseen, 1)[0][0], [tool]);
    }
}
