//! House rules: what a field has to look like before the tool takes a call.
//!
//! A rule is a row. Rules of the tuning split are those that wordings may be improved on; those of the held-out
//! split are other families, and no wording was chosen by looking at them.

use super::value::{COUNTRIES, Kind, LEVELS, MONTHS, SIZES, Value, WEEKDAYS};

/// Which worlds a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// Wordings may be chosen by looking at these.
    Tuning,
    /// These are only measured.
    HeldOut,
}

/// How an argument is held against what the rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// The very characters.
    Exact,
    /// Letters and digits, whatever the case: what a tool takes that has no rule of its own.
    Loose,
    /// Digits alone, whatever stands around them.
    Digits,
    /// Free text that starts with this.
    Starts(&'static str),
    /// Free text that ends with this.
    Ends(&'static str),
    /// Free text without small letters.
    Capitals,
    /// Free text.
    Any,
}

/// A house rule.
pub struct Rule {
    /// Its name in reports.
    pub id: &'static str,
    /// Which worlds it is for.
    pub half: Half,
    /// Whether it asks for what most would do anyhow.
    pub met: bool,
    /// The kind of field that it is about.
    pub kind: Kind,
    /// What is accepted.
    pub form: fn(&Value) -> String,
    /// How exactly.
    pub matched: Match,
    /// What errors call it, for the value at hand.
    pub called: fn(&Value) -> String,
    /// Another value in the right form, for errors that give an example.
    pub sample: &'static str,
    /// What a person who knows the rule would note, `{field}` standing for the field.
    pub perfect: &'static str,
}

impl Rule {
    /// Returns whether `given` is what the rule wants of `value`.
    pub fn accepts(&self, given: &str, value: &Value) -> bool {
        let given = given.trim();
        let more = |rest: Option<&str>| rest.is_some_and(|rest| rest.chars().any(char::is_alphabetic));
        match self.matched {
            Match::Exact => given == (self.form)(value),
            Match::Loose => plain(given) == plain(&(self.form)(value)),
            Match::Digits => {
                let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
                !digits(given).is_empty() && digits(given) == digits(&(self.form)(value))
            }
            Match::Starts(start) => more(given.strip_prefix(start)),
            Match::Ends(end) => more(given.strip_suffix(end)),
            Match::Capitals => more(Some(given)) && !given.chars().any(char::is_lowercase),
            Match::Any => more(Some(given)),
        }
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

macro_rules! rules {
    ($($half:ident $met:ident $kind:ident $id:literal $matched:expr, $form:expr, $called:expr, $sample:literal, $perfect:literal;)+) => {
        /// Every rule.
        pub const RULES: &[Rule] = &[$(Rule {
            id: $id,
            half: Half::$half,
            met: met!($met),
            kind: Kind::$kind,
            form: $form,
            matched: $matched,
            called: $called,
            sample: $sample,
            perfect: $perfect,
        }),+];
    };
}

macro_rules! met {
    (hidden) => {
        false
    };
    (met) => {
        true
    };
}

use Match::{Any, Capitals, Digits, Ends, Exact, Loose, Starts};

rules! {
    // Tuning.
    Tuning hidden Date "date with dots" Exact, |v| date(v, |y, m, d| format!("{d:02}.{m:02}.{y}")), |_| said("DD.MM.YYYY"), "24.12.2025",
        "Write `{field}` as DD.MM.YYYY, for example 24.12.2025.";
    Tuning hidden Person "last name first in capitals" Exact, |v| person(v, |f, l| format!("{} {f}", l.to_uppercase())), |_| said("LASTNAME Firstname"), "WEBER Jan",
        "Write `{field}` as the last name in capitals, then the first name, for example WEBER Jan.";
    Tuning hidden Number "order prefix" Exact, |v| number(v, |n| format!("ORD-{n}")), |_| said("ORD- and the number"), "ORD-5150",
        "Write `{field}` as ORD- and the number, for example ORD-5150.";
    Tuning hidden Money "minor units" Exact, |v| money(v, |c| c.to_string()), |_| said("an amount in cents without a point"), "1999",
        "Write `{field}` in cents without a point: 19.99 euros is 1999.";
    Tuning hidden Level "levels P1 to P3" Exact, |v| level(v, ["P3", "P2", "P1"]), |v| level(v, ["P3 for low", "P2 for normal", "P1 for high"]), "P2",
        "In `{field}` write P1 for high, P2 for normal, P3 for low.";
    Tuning hidden Text "bracketed tag" Starts("[OPS] "), |v| format!("[OPS] {}", v.said()), |_| said("text behind the tag [OPS]"), "[OPS] desk moved",
        "Begin `{field}` with [OPS] and a space, for example [OPS] desk moved.";
    Tuning hidden Code "capital code" Exact, |v| code(v, |l, n| format!("{}{n}", l.to_uppercase())), |_| said("capitals and digits without a dash"), "QW40",
        "Write `{field}` in capitals without the dash: qw-40 is QW40.";
    Tuning hidden Extra "house value (channel)" Exact, |v| v_extra(v), |v| format!("set to '{}'", v_extra(v)), "(see the house list)",
        "Always set `{field}` to `{value}`.";
    Tuning met Date "ISO date" Loose, |v| date(v, |y, m, d| format!("{y}-{m:02}-{d:02}")), |_| said("YYYY-MM-DD"), "2025-12-24",
        "Write `{field}` as YYYY-MM-DD, for example 2025-12-24.";
    Tuning met Money "plain amount" Digits, |v| v.said(), |_| said("an amount with a point"), "19.99",
        "Write the amount with a point in `{field}`.";
    Tuning met Minutes "plain minutes" Digits, |v| v.said(), |_| said("a number of minutes"), "20",
        "Write the number of minutes in `{field}`.";
    Tuning met Code "code as it is said" Loose, |v| v.said(), |_| said("letters, a dash, digits"), "qw-40",
        "Write `{field}` as letters, a dash, digits.";

    // Held out.
    HeldOut hidden Date "compact date" Exact, |v| date(v, |y, m, d| format!("{y}{m:02}{d:02}")), |_| said("YYYYMMDD"), "20251224",
        "Write `{field}` as YYYYMMDD, for example 20251224.";
    HeldOut hidden Date "date with the month's letters" Exact, |v| date(v, |y, m, d| format!("{d:02}-{}-{y}", month(m))), |_| said("DD-MON-YYYY with the month in capitals"), "24-DEC-2025",
        "Write `{field}` as DD-MON-YYYY with the month in capitals, for example 24-DEC-2025.";
    HeldOut hidden Date "date with slashes" Exact, |v| date(v, |y, m, d| format!("{d:02}/{m:02}/{y}")), |_| said("DD/MM/YYYY"), "24/12/2025",
        "Write `{field}` as DD/MM/YYYY, for example 24/12/2025.";
    HeldOut hidden Person "last name, first name" Exact, |v| person(v, |f, l| format!("{l}, {f}")), |_| said("Lastname, Firstname"), "Weber, Jan",
        "Write `{field}` as Lastname, Firstname, for example Weber, Jan.";
    HeldOut hidden Person "login name" Exact, |v| person(v, |f, l| format!("{}.{}", f.to_lowercase(), l.to_lowercase())), |_| said("firstname.lastname in small letters"), "jan.weber",
        "Write `{field}` as firstname.lastname in small letters, for example jan.weber.";
    HeldOut hidden Person "initial" Exact, |v| person(v, |f, l| format!("{}. {l}", &f[..1])), |_| said("initial and last name"), "J. Weber",
        "Write `{field}` as the initial, a dot, a space and the last name, for example J. Weber.";
    HeldOut hidden Number "eight digits" Exact, |v| number(v, |n| format!("{n:08}")), |_| said("eight digits with leading zeros"), "00005150",
        "Write `{field}` as eight digits with leading zeros, for example 00005150.";
    HeldOut hidden Number "hash in front" Exact, |v| number(v, |n| format!("#{n}")), |_| said("# and the number"), "#5150",
        "Write `{field}` as # and the number, for example #5150.";
    HeldOut hidden Number "suffix" Exact, |v| number(v, |n| format!("{n}/EX")), |_| said("the number with /EX behind it"), "5150/EX",
        "Write `{field}` as the number with /EX behind it, for example 5150/EX.";
    HeldOut hidden Money "currency in front" Exact, |v| money(v, |c| format!("EUR {}.{:02}", c / 100, c % 100)), |_| said("EUR and the amount"), "EUR 19.99",
        "Write `{field}` as EUR, a space and the amount, for example EUR 19.99.";
    HeldOut hidden Money "decimal comma" Exact, |v| money(v, |c| format!("{},{:02}", c / 100, c % 100)), |_| said("a decimal comma"), "19,99",
        "Write `{field}` with a decimal comma, for example 19,99.";
    HeldOut hidden Level "levels as letters" Exact, |v| level(v, ["C", "B", "A"]), |v| level(v, ["C for low", "B for normal", "A for high"]), "B",
        "In `{field}` write A for high, B for normal, C for low.";
    HeldOut hidden Level "levels as grades" Exact, |v| level(v, ["sev-4", "sev-3", "sev-1"]), |v| level(v, ["sev-4 for low", "sev-3 for normal", "sev-1 for high"]), "sev-3",
        "In `{field}` write sev-1 for high, sev-3 for normal, sev-4 for low.";
    HeldOut hidden Text "hashtag" Starts("#care "), |v| format!("#care {}", v.said()), |_| said("#care and then the text"), "#care desk moved",
        "Begin `{field}` with #care and a space, for example #care desk moved.";
    HeldOut hidden Text "source behind" Ends(" (web)"), |v| format!("{} (web)", v.said()), |_| said("the text with (web) at its end"), "desk moved (web)",
        "End `{field}` with a space and (web), for example desk moved (web).";
    HeldOut hidden Text "capitals" Capitals, |v| v.said().to_uppercase(), |_| said("capital letters only"), "DESK MOVED",
        "Write `{field}` in capital letters only, for example DESK MOVED.";
    HeldOut hidden Minutes "ISO duration" Exact, |v| minutes(v, |m| format!("PT{m}M")), |_| said("an ISO 8601 duration in minutes"), "PT20M",
        "Write `{field}` as PT, the minutes and M, for example PT20M.";
    HeldOut hidden Minutes "minutes with their unit" Exact, |v| minutes(v, |m| format!("{m}min")), |_| said("the minutes with min right behind"), "20min",
        "Write `{field}` as the number with min right behind it, for example 20min.";
    HeldOut hidden Country "code of two letters" Exact, |v| country(v, |_, two, _| two.to_owned()), |_| said("an ISO 3166 alpha-2 code"), "SE",
        "Write `{field}` as the country's code of two capital letters, for example SE for Sweden.";
    HeldOut hidden Weekday "number of the day" Exact, |v| weekday(v, |at| (at + 1).to_string()), |v| weekday(v, |at| format!("{} for {}", at + 1, WEEKDAYS[at])), "6",
        "Write `{field}` as a number: Monday is 1, Tuesday is 2, Wednesday is 3, Thursday is 4, Friday is 5.";
    HeldOut hidden Size "size as a letter" Exact, |v| size(v, ["S", "M", "L"]), |_| said("S, M or L"), "M",
        "In `{field}` write S for small, M for medium, L for large.";
    HeldOut hidden Time "time without colon" Exact, |v| time(v, |h, m| format!("{h:02}{m:02}")), |_| said("HHMM without a colon"), "0915",
        "Write `{field}` as HHMM without a colon, for example 0915.";
    HeldOut hidden Time "time with h" Exact, |v| time(v, |h, m| format!("{h:02}h{m:02}")), |_| said("HHhMM"), "09h15",
        "Write `{field}` as HHhMM, for example 09h15.";
    HeldOut hidden Code "dotted code" Exact, |v| code(v, |l, n| format!("{l}.{n}")), |_| said("letters, a dot, digits"), "qw.40",
        "Write `{field}` with a dot instead of the dash: qw-40 is qw.40.";
    HeldOut hidden Place "building and room" Exact, |v| place(v, |b, r| format!("{b}/{r:03}")), |_| said("building, slash and room in three digits"), "F/007",
        "Write `{field}` as the building, a slash and the room in three digits, for example F/007.";
    HeldOut hidden Weight "weight in grams" Exact, |v| weight(v, |kg| (kg * 1_000).to_string()), |_| said("a weight in grams"), "3000",
        "Write `{field}` in grams: 3 kilograms are 3000.";
    HeldOut hidden Weight "unit in front" Exact, |v| weight(v, |kg| format!("kg:{kg}")), |_| said("kg: and the number"), "kg:3",
        "Write `{field}` as kg: and the number, for example kg:3.";
    HeldOut hidden Extra "house value" Exact, |v| v_extra(v), |v| format!("set to '{}'", v_extra(v)), "(see the register)",
        "Always set `{field}` to `{value}`.";
    HeldOut met Person "name as it is said" Loose, |v| v.said(), |_| said("first name and last name"), "Jan Weber",
        "Write first name and last name in `{field}`.";
    HeldOut met Number "plain number" Loose, |v| v.said(), |_| said("digits only"), "5150",
        "Write the number alone in `{field}`.";
    HeldOut met Text "any words" Any, |v| v.said(), |_| said("a few words"), "desk moved",
        "Say in `{field}` what it is about.";
    HeldOut met Level "level in words" Loose, |v| v.said(), |_| said("low, normal or high"), "normal",
        "Write low, normal or high in `{field}`.";
    HeldOut met Country "name of the country" Loose, |v| v.said(), |_| said("the name of the country"), "Sweden",
        "Write the name of the country in `{field}`.";
    HeldOut met Time "time with a colon" Loose, |v| v.said(), |_| said("HH:MM"), "09:15",
        "Write `{field}` as HH:MM, for example 09:15.";
    HeldOut met Weekday "day in words" Loose, |v| v.said(), |_| said("the name of the day"), "Sunday",
        "Write the name of the day in `{field}`.";
    HeldOut met Size "size as it is said" Loose, |v| v.said(), |_| said("small, medium or large"), "medium",
        "Write small, medium or large in `{field}`.";
}

fn said(text: &str) -> String {
    text.to_owned()
}

fn date(value: &Value, form: impl Fn(u16, u8, u8) -> String) -> String {
    if let Value::Date(year, month, day) = *value { form(year, month, day) } else { String::new() }
}

fn month(number: u8) -> String {
    MONTHS[usize::from(number).saturating_sub(1) % MONTHS.len()][..3].to_uppercase()
}

fn person(value: &Value, form: impl Fn(&str, &str) -> String) -> String {
    if let Value::Person(first, last) = *value { form(first, last) } else { String::new() }
}

fn number(value: &Value, form: impl Fn(u32) -> String) -> String {
    if let Value::Number(number) = *value { form(number) } else { String::new() }
}

fn money(value: &Value, form: impl Fn(u32) -> String) -> String {
    if let Value::Money(cents) = *value { form(cents) } else { String::new() }
}

fn level(value: &Value, names: [&str; LEVELS.len()]) -> String {
    if let Value::Level(at) = *value { names[at].to_owned() } else { String::new() }
}

fn size(value: &Value, names: [&str; SIZES.len()]) -> String {
    if let Value::Size(at) = *value { names[at].to_owned() } else { String::new() }
}

fn minutes(value: &Value, form: impl Fn(u32) -> String) -> String {
    if let Value::Minutes(minutes) = *value { form(minutes) } else { String::new() }
}

fn country(value: &Value, form: impl Fn(&str, &str, &str) -> String) -> String {
    let Value::Country(at) = *value else { return String::new() };
    let (name, two, three) = COUNTRIES[at];
    form(name, two, three)
}

fn weekday(value: &Value, form: impl Fn(usize) -> String) -> String {
    if let Value::Weekday(at) = *value { form(at) } else { String::new() }
}

fn time(value: &Value, form: impl Fn(u8, u8) -> String) -> String {
    if let Value::Time(hour, minute) = *value { form(hour, minute) } else { String::new() }
}

fn code(value: &Value, form: impl Fn(&str, u32) -> String) -> String {
    if let Value::Code(letters, number) = *value { form(letters, number) } else { String::new() }
}

fn place(value: &Value, form: impl Fn(char, u32) -> String) -> String {
    if let Value::Place(building, room) = *value { form(building, room) } else { String::new() }
}

fn weight(value: &Value, form: impl Fn(u32) -> String) -> String {
    if let Value::Weight(kilograms) = *value { form(kilograms) } else { String::new() }
}

fn v_extra(value: &Value) -> String {
    if let Value::Extra(house) = *value { house.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    fn values(kind: Kind) -> Vec<Value> {
        match kind {
            Kind::Extra => vec![Value::Extra("phone")],
            kind => kind.draw(6, &mut Chance::new(5)),
        }
    }

    #[test]
    fn a_rule_takes_its_own_form_and_a_hidden_one_not_the_words_of_the_request() {
        for rule in RULES {
            for value in values(rule.kind) {
                let right = (rule.form)(&value);
                assert!(rule.accepts(&right, &value), "{}: {right}", rule.id);
                assert!(!rule.accepts("", &value), "{}", rule.id);
                if rule.met {
                    continue;
                }
                assert!(!rule.accepts(&value.said(), &value), "{}: {}", rule.id, value.said());
                assert!(!(rule.called)(&value).is_empty() && !rule.sample.is_empty());
            }
        }
    }

    #[test]
    fn another_value_in_the_right_form_is_wrong() {
        for rule in
            RULES.iter().filter(|rule| matches!(rule.matched, Match::Exact | Match::Loose | Match::Digits))
        {
            let values = values(rule.kind);
            let [first, second, ..] = values.as_slice() else { continue };
            assert!(!rule.accepts(&(rule.form)(first), second), "{}", rule.id);
        }
    }

    #[test]
    fn known_forms() {
        let form = |id: &str, value: Value| (RULES.iter().find(|rule| rule.id == id).unwrap().form)(&value);
        assert_eq!(form("date with the month's letters", Value::Date(2026, 4, 13)), "13-APR-2026");
        assert_eq!(form("minor units", Value::Money(1_250)), "1250");
        assert_eq!(form("levels P1 to P3", Value::Level(2)), "P1");
        assert_eq!(form("eight digits", Value::Number(4_711)), "00004711");
        assert_eq!(form("building and room", Value::Place('C', 14)), "C/014");
        assert_eq!(form("decimal comma", Value::Money(1_205)), "12,05");
    }

    #[test]
    fn the_halves_share_no_rule_and_a_third_can_be_met() {
        let hidden = |half| RULES.iter().filter(|rule| rule.half == half && !rule.met).count();
        assert!(hidden(Half::Tuning) >= 8 && hidden(Half::HeldOut) >= 24);
        let mut ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
    }
}
