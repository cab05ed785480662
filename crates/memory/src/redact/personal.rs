//! Personal data: e-mail addresses, payment cards, telephone numbers and US tax ids.
//!
//! This pass is apart from the gate for secrets and off unless a caller wants it.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::{Finding, replace, shape};

/// How many bytes before a number are read for words that say what it is.
const CONTEXT: usize = 32;

static EMAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}").ok()
});

/// A number as people write them: digits in groups, perhaps with a country code.
static NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\+?\(?[0-9](?:[ ().-]{0,2}[0-9]){6,18}").ok());

/// Returns `text` with personal data replaced by `[redacted:<type>]`; borrows when nothing was found.
///
/// The types are `email`, `payment-card`, `phone` and `tax-id`.
pub fn redact_personal(text: &str) -> Cow<'_, str> {
    replace(text, &find_personal(text))
}

/// Returns the personal data found in `text`, in order and disjoint.
///
/// Not personal are: addresses of a role (`support@…`), of an example domain or of a Git remote; the card
/// numbers that payment services publish for tests; numbers that fail their checksum.
pub fn find_personal(text: &str) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    if memchr::memchr(b'@', text.as_bytes()).is_some()
        && let Some(email) = &*EMAIL
    {
        let matches = email.find_iter(text).filter(|hit| is_personal_address(text, hit.start(), hit.end()));
        found.extend(matches.map(|hit| Finding { range: hit.range(), kind: "email" }));
    }
    if let Some(number) = &*NUMBER {
        for hit in number.find_iter(text) {
            if let Some(kind) = number_kind(text, hit.start(), hit.end()) {
                found.push(Finding { range: hit.range(), kind });
            }
        }
    }
    found.sort_by_key(|finding| finding.range.start);
    let mut end = 0;
    found.retain(|finding| {
        let free = finding.range.start >= end && !shape::inside_placeholder(text, finding.range.start);
        if free {
            end = finding.range.end;
        }
        free
    });
    found
}

fn is_personal_address(text: &str, start: usize, end: usize) -> bool {
    const ROLES: &[&str] = &[
        "support",
        "info",
        "help",
        "helpdesk",
        "admin",
        "administrator",
        "noreply",
        "no-reply",
        "donotreply",
        "sales",
        "contact",
        "security",
        "abuse",
        "postmaster",
        "webmaster",
        "hostmaster",
        "hello",
        "team",
        "billing",
        "accounts",
        "office",
        "press",
        "privacy",
        "legal",
        "jobs",
        "careers",
        "git",
        "root",
        "ops",
        "devops",
        "dev",
        "bot",
        "ci",
        "notifications",
        "notification",
        "alerts",
        "feedback",
        "marketing",
        "orders",
        "service",
        "services",
        "mailer-daemon",
        "newsletter",
        "github-actions",
        "dependabot",
    ];
    const EXAMPLES: &[&str] = &["example.com", "example.org", "example.net", "localhost.localdomain"];
    let Some((local, domain)) = text[start..end].split_once('@') else { return false };
    let local = local.split('+').next().unwrap_or(local);
    let role = ROLES.iter().any(|role| local.eq_ignore_ascii_case(role));
    let example = EXAMPLES.iter().any(|name| domain.eq_ignore_ascii_case(name));
    // `git@host:org/repo` is a remote, `scheme://user@host` a place, `name@file.ext` under a path an icon.
    let before = &text.as_bytes()[..start];
    let remote = text.as_bytes().get(end) == Some(&b':')
        && text.as_bytes().get(end + 1).is_some_and(|byte| !byte.is_ascii_whitespace());
    let place = before.ends_with(b"//") || before.last() == Some(&b'/');
    let file = ["png", "jpg", "jpeg", "svg", "webp", "gif", "js", "ts", "css", "json"]
        .iter()
        .any(|extension| domain.rsplit('.').next() == Some(extension));
    !role && !example && !remote && !place && !file
}

fn number_kind(text: &str, start: usize, end: usize) -> Option<&'static str> {
    let bytes = text.as_bytes();
    let joined = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    if joined(start.checked_sub(1).and_then(|at| bytes.get(at))) || joined(bytes.get(end)) {
        return None;
    }
    let written = &text[start..end];
    let digits: Vec<u8> = written.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
    let context = text[text.floor_char_boundary(start.saturating_sub(CONTEXT))..start].to_ascii_lowercase();
    let after_decimal = context.ends_with(['.', '-', '/', ':', '#', '=']) && !written.starts_with('+');
    if is_card(written, &digits, &context) {
        return Some("payment-card");
    }
    if is_tax_id(written, &context) {
        return Some("tax-id");
    }
    let at_its_start = !after_decimal || says_phone(&context);
    (at_its_start && is_phone(written, &digits, &context)).then_some("phone")
}

/// Returns whether the digits are a payment card's: an issuer's range and length, and the check digit of
/// ISO/IEC 7812. A bare run that the words before it call something else is not.
fn is_card(written: &str, digits: &[u8], context: &str) -> bool {
    const TESTS: &[&str] = &[
        "4242424242424242",
        "4111111111111111",
        "4012888888881881",
        "4000000000000002",
        "4000056655665556",
        "5555555555554444",
        "5105105105105100",
        "2223003122003222",
        "378282246310005",
        "371449635398431",
        "6011111111111117",
        "30569309025904",
        "3530111333300000",
        "4000000000009995",
        "4000002500003155",
    ];
    const OTHER: &[&str] = &[
        "order",
        "invoice",
        "ticket",
        "tracking",
        "build",
        "ref",
        "sku",
        "serial",
        "timestamp",
        "shipment",
        "imei",
        " id ",
        " id:",
        " id=",
        "_id",
        "number #",
        "offset",
        "seq",
        "ean",
        "isbn",
        "case ",
    ];
    let lead = digits.iter().take(4).fold(0u32, |lead, &digit| lead * 10 + u32::from(digit));
    let issued = match digits.len() {
        13 | 19 => lead / 1000 == 4,
        14 => (300..=305).contains(&(lead / 10)) || matches!(lead / 100, 36 | 38 | 39),
        15 => matches!(lead / 100, 34 | 37),
        16 => {
            lead / 1000 == 4
                || (51..=55).contains(&(lead / 100))
                || (2221..=2720).contains(&lead)
                || matches!(lead / 100, 35 | 60 | 62 | 64 | 65)
        }
        _ => false,
    };
    if !issued || written.starts_with('+') || written.contains(['(', '.']) || !luhn(digits) {
        return false;
    }
    let number: String = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
    let bare = written.len() == digits.len();
    let called_other = OTHER.iter().any(|word| context.contains(word)) && !context.contains("card");
    let other = TESTS.contains(&number.as_str()) || bare && called_other;
    !other
}

/// Returns whether `digits` satisfy the Luhn formula.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| match (at % 2, u32::from(digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Returns whether `written` is a US taxpayer number: an ITIN by its form, an SSN where the words say so.
fn is_tax_id(written: &str, context: &str) -> bool {
    let parts: Vec<&str> = written.split('-').collect();
    let [area, group, serial] = parts[..] else { return false };
    if [area.len(), group.len(), serial.len()] != [3, 2, 4] || written.contains(['(', ' ', '.', ')', '+']) {
        return false;
    }
    let group_number: u32 = group.parse().unwrap_or(0);
    if area.starts_with('9') {
        return matches!(group_number, 50..=65 | 70..=88 | 90..=92 | 94..=99);
    }
    let named = ["ssn", "social", "tax", "tin"].iter().any(|word| context.contains(word));
    named && area != "000" && area != "666" && group_number > 0 && serial != "0000"
}

fn says_phone(context: &str) -> bool {
    ["phone", "call", "tel", "mobile", "cell", "fax", "sms", "whatsapp", "dial", "text me"]
        .iter()
        .any(|word| context.contains(word))
}

/// Returns whether the number is one to call: international with its `+` (ITU-T E.164 allows 15 digits), or
/// in the North American grouping, or in groups where the words before it say so.
fn is_phone(written: &str, digits: &[u8], context: &str) -> bool {
    let groups: Vec<usize> =
        written.split(|c: char| !c.is_ascii_digit()).map(str::len).filter(|&length| length > 0).collect();
    if written.starts_with('+') {
        return (8..=15).contains(&digits.len());
    }
    let dotted = written.contains('.');
    let american = matches!(groups[..], [3, 3, 4] | [1, 3, 3, 4])
        && (!dotted || says_phone(context))
        && (written.contains(['(', '-']) || says_phone(context));
    american
        || says_phone(context) && (9..=15).contains(&digits.len()) && (groups.len() > 1 || digits.len() <= 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<&'static str> {
        find_personal(text).into_iter().map(|finding| finding.kind).collect()
    }

    /// Returns a number with its check digit.
    fn card(body: &str) -> String {
        (0..10)
            .map(|last| format!("{body}{last}"))
            .find(|number| luhn(&number.bytes().map(|byte| byte - b'0').collect::<Vec<_>>()))
            .unwrap()
    }

    #[test]
    fn addresses_of_people_are_found() {
        for text in ["write to ana.b@firm.test", "<Q_1+x@mail.sub.firm.test>", "cc: q-r@firm.test."] {
            assert_eq!(kinds(text), ["email"], "{text}");
        }
        for text in [
            "git@github.com:org/repo.git",
            "ssh://deploy@host.firm.test/x",
            "mail support@firm.test",
            "me@example.com",
            "logo@2x.png",
            "name@1.2.3",
            "@scope/package",
            "[redacted:email]",
        ] {
            assert_eq!(kinds(text), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn cards_need_issuer_length_and_check_digit() {
        let number = card("453201511283036");
        let grouped = format!("{} {} {} {}", &number[..4], &number[4..8], &number[8..12], &number[12..]);
        assert_eq!(kinds(&format!("paid with {number}")), ["payment-card"]);
        assert_eq!(kinds(&format!("paid with {grouped}")), ["payment-card"]);
        assert_eq!(kinds(&format!("order {number}")), [] as [&str; 0]);
        let mut wrong = number.into_bytes();
        wrong[15] = b'0' + (wrong[15] - b'0' + 1) % 10;
        assert_eq!(kinds(std::str::from_utf8(&wrong).unwrap()), [] as [&str; 0]);
        assert_eq!(kinds("4242 4242 4242 4242"), [] as [&str; 0]);
    }

    #[test]
    fn telephone_numbers_are_told_from_counts() {
        for text in ["+1 555 0100 2000", "ring +44 20 7946 0100", "(415) 555-0100", "tel 0171 555 01 00"] {
            assert_eq!(kinds(text), ["phone"], "{text}");
        }
        for text in
            ["took 555 0199 ms", "build 2447173197", "2024-01-15 10:20:30", "10.0.0.1", "1.234.567.890"]
        {
            assert_eq!(kinds(text), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn tax_ids_have_their_groups() {
        assert_eq!(kinds("tax id 912-88-7903"), ["tax-id"]);
        assert_eq!(kinds("ssn 123-45-6789"), ["tax-id"]);
        assert_eq!(kinds("part 123-45-6789"), [] as [&str; 0]);
        assert_eq!(kinds("part 912-69-7903"), [] as [&str; 0]);
    }

    #[test]
    fn redaction_is_idempotent() {
        let once = redact_personal("ana.b@firm.test or +1 555 0100 2000").into_owned();
        assert_eq!(once, "[redacted:email] or [redacted:phone]");
        assert_eq!(redact_personal(&once), once);
    }
}
