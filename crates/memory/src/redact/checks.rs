//! The last word of each rule: whether a match is a secret, and which of its bytes.

use std::ops::Range;

use super::scan::Hit;
use super::shape::{
    entropy, has_uuid, is_hex, is_placeholder, is_public_id, is_random, is_stock_password, is_token,
    is_wordish, run_end,
};

/// The longest key block, in bytes, that is walked.
const BLOCK: usize = 64 * 1024;
/// The longest line of cookies, in bytes, that is looked at.
const COOKIES: usize = 2048;

/// Takes a token that is not made up.
pub(super) fn token(hit: &Hit<'_>) -> Option<Range<usize>> {
    let text = hit.secret();
    (!is_placeholder(text) && entropy(text) >= 2.5).then(|| hit.secret.clone())
}

/// Takes a token of a fixed length that ends where the expression does.
pub(super) fn whole_token(hit: &Hit<'_>) -> Option<Range<usize>> {
    let after = hit.byte_after();
    (!after.is_ascii_alphanumeric() && after != b'_').then(|| token(hit)).flatten()
}

/// Takes a token whose prefix alone would not be evidence enough.
pub(super) fn random_token(hit: &Hit<'_>) -> Option<Range<usize>> {
    is_random(hit.secret(), 20).then(|| whole_token(hit)).flatten()
}

/// Takes a Base64 value to its end, over the bytes that a URL-safe token would not have.
pub(super) fn base64_token(hit: &Hit<'_>) -> Option<Range<usize>> {
    let mut range = token(hit)?;
    let rest = &hit.text.as_bytes()[range.end..];
    range.end += rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)).count();
    Some(range)
}

/// Takes a Base64 value of a fixed length that ends where the expression does.
pub(super) fn whole_base64(hit: &Hit<'_>) -> Option<Range<usize>> {
    let after = hit.byte_after();
    (!after.is_ascii_alphanumeric() && !b"+/=".contains(&after)).then(|| token(hit)).flatten()
}

/// Takes a JSON Web Token from its header to its last part, whatever their lengths. The header is a JSON
/// object, which Base64 writes as `eyJ`, and so is the claims object of a signed token.
pub(super) fn jwt(hit: &Hit<'_>) -> Option<Range<usize>> {
    let bytes = hit.text.as_bytes();
    // A hyphen can be in the middle of a longer run, and a run is only walked from its start.
    if hit.start > 0 && bytes[hit.start - 1] == b'-' {
        return None;
    }
    let header = hit.start..run_end(bytes, hit.start);
    let mut parts = 1;
    let mut end = header.end;
    while parts < 5 && bytes.get(end) == Some(&b'.') {
        let next = run_end(bytes, end + 1);
        // Only the parts of an unsigned or directly encrypted token are empty, and never the claims.
        if next == end + 1 && (parts == 1 || bytes.get(next) != Some(&b'.')) {
            break;
        }
        end = next;
        parts += 1;
    }
    let claims = &hit.text[header.end..end];
    let signed = claims.starts_with(".eyJ") || parts >= 3 && is_random(claims, 10);
    let random = entropy(&hit.text[header]) > 3.0 && !is_placeholder(&hit.text[hit.start..end]);
    (parts >= 2 && claims.len() > 10 && signed && random).then_some(hit.start..end)
}

/// Takes a key of the `<issuer>_live_<random>` convention that is not a publishable one.
pub(super) fn service_key(hit: &Hit<'_>) -> Option<Range<usize>> {
    let (issuer, rest) = hit.secret().split_once('_')?;
    let (_, body) = rest.split_once('_')?;
    (!matches!(issuer, "pk" | "pub") && is_random(body, 20)).then(|| token(hit)).flatten()
}

/// Takes a value that looks random and is no public identifier.
pub(super) fn random(hit: &Hit<'_>) -> Option<Range<usize>> {
    let text = hit.secret();
    (is_random(text, 12) && !is_public_id(text)).then(|| token(hit)).flatten()
}

/// Takes what follows the scheme of an `Authorization` header.
pub(super) fn authorization(hit: &Hit<'_>) -> Option<Range<usize>> {
    let text = hit.secret();
    let word = text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.' || byte == b':')
        && !is_random(text, 10);
    let code = code_follows(hit);
    (!word && !code && !is_stock_password(text) && !is_placeholder(text)).then(|| hit.secret.clone())
}

/// Takes the values of the cookies in a header that look random, from the first to the last.
pub(super) fn cookie(hit: &Hit<'_>) -> Option<Range<usize>> {
    let from = hit.secret.end;
    let bytes = hit.text.as_bytes();
    let line = &bytes[from..bytes.len().min(from + COOKIES)];
    let line = &line[..line.iter().position(|byte| b"\r\n\"'`\\".contains(byte)).unwrap_or(line.len())];
    let mut found: Option<Range<usize>> = None;
    let mut at = from;
    for pair in line.split(|&byte| byte == b';' || byte == b',') {
        let end = at + pair.len();
        if let Some(equals) = pair.iter().position(|&byte| byte == b'=') {
            let start = at + equals + 1;
            // A pair at the bound may end inside a character; such a pair is not ASCII and no token.
            if let Some(value) = hit.text.get(start..end).map(str::trim_end)
                && value.len() >= 16
                && value.is_ascii()
                && is_random(value, 12)
                && !is_placeholder(value)
                && !is_public_id(value)
            {
                let end = start + value.len();
                found = Some(found.map_or(start, |range| range.start)..end);
            }
        }
        at = end + 1;
    }
    found
}

/// Takes the password of a URL's user information.
pub(super) fn url_password(hit: &Hit<'_>) -> Option<Range<usize>> {
    let text = hit.secret();
    let before = &hit.text[hit.start..hit.secret.start];
    let user = before.trim_start_matches("://").trim_end_matches(':');
    let named = matches!(text.as_bytes().first(), Some(b'$' | b'{' | b'%' | b'[' | b'*'))
        && text.bytes().all(|byte| is_token(byte) || b"${}%[]*:.".contains(&byte));
    (user != text && !named && !is_stock_password(text) && !is_url_filler(text)).then(|| hit.secret.clone())
}

fn is_url_filler(text: &str) -> bool {
    is_placeholder(text) || text.bytes().all(|byte| !byte.is_ascii_alphanumeric())
}

/// Takes the password of `-u user:password` if the command is one that reads it so.
pub(super) fn curl_user(hit: &Hit<'_>) -> Option<Range<usize>> {
    let from = hit.text.floor_char_boundary(hit.start.saturating_sub(200));
    let before = &hit.text[from..hit.start];
    ["curl", "http", "wget"].iter().any(|name| before.contains(name)).then(|| literal(hit)).flatten()
}

/// Takes a password at a place where one is certain to stand, unless it is made up.
pub(super) fn literal(hit: &Hit<'_>) -> Option<Range<usize>> {
    let text = hit.secret();
    let reference = text.starts_with(['$', '{', '<', '%', '-', '/']) || code_follows(hit);
    let plain =
        text.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_./=".contains(&byte)) && text.len() < 20;
    (!reference && !plain && !is_placeholder(text) && !is_stock_password(text)).then(|| hit.secret.clone())
}

/// Takes the value of a variable, member or argument that is named for a password. What a call or a list
/// has in that place is a password only in quotes.
pub(super) fn password(intro: &Hit<'_>) -> Option<Range<usize>> {
    let before = intro.secret().trim_end_matches(['"', '\'', '`', '\\']);
    let quoted =
        before.len() < intro.secret().len() && !before.ends_with(|c: char| c.is_ascii_alphanumeric());
    let hit = if quoted {
        intro.value(6, |byte| !byte.is_ascii_control() && !b"\"'`\\ ".contains(&byte))?
    } else {
        intro.value(6, |byte| !byte.is_ascii_control() && !b" \"'`\\,;<>(){}[]".contains(&byte))?
    };
    let text = hit.secret();
    let classes = Classes::of(text);
    let mixed = classes.count() >= 3 || classes.letters() && (classes.digit || classes.symbol);
    let passed = before.trim_end().ends_with([',', '(']);
    // Words with spaces between them are a message about a password.
    let message = quoted && hit.byte_after() == b' ';
    let expression = !quoted && (code_follows(&hit) || text.trim_end_matches('=').contains('='));
    if !mixed || passed && !quoted || message || expression {
        return None;
    }
    let reference = text.contains("://") || text.starts_with(['$', '%', '<', '/', '.', '&', '*']);
    let made_up = is_placeholder(text) || is_stock_password(text) || has_uuid(text) || names_itself(text);
    (!reference && !made_up && !is_about(&name_around(&hit))).then_some(hit.secret)
}

/// Returns whether a password is a word for one, such as `hashed_password_1`.
fn names_itself(text: &str) -> bool {
    is_wordish(text)
        && ["password", "passwd", "secret"].iter().any(|word| text.to_ascii_lowercase().contains(word))
}

/// Takes the password that a sentence gives away.
pub(super) fn prose_password(hit: &Hit<'_>) -> Option<Range<usize>> {
    let text =
        hit.secret().trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '(', ']', '}', '>', '-', '…']);
    let range = hit.secret.start..hit.secret.start + text.len();
    let classes = Classes::of(text);
    let made = text.len() >= 6
        && (classes.letters() && classes.digit && text.bytes().filter(|b| b.is_ascii_digit()).count() >= 2
            || classes.letters() && classes.symbol
            || classes.letters() && classes.digit && classes.upper);
    let reads = text.starts_with(['$', '{', '<', '%', '[', '(', '/', '&', '*'])
        || text.contains("://")
        || is_code(text, hit.text.as_bytes().get(range.end).copied());
    (made && !reads && !is_placeholder(text) && !is_stock_password(text) && !is_public_id(text))
        .then_some(range)
}

/// Takes the value of a variable, member or argument that is named for a secret.
pub(super) fn named_secret(intro: &Hit<'_>) -> Option<Range<usize>> {
    const STRONG: &[&str] = &[
        "secret",
        "token",
        "credential",
        "apikey",
        "accesskey",
        "privatekey",
        "authkey",
        "signingkey",
        "encryptionkey",
        "masterkey",
        "sharedkey",
        "accountkey",
        "licensekey",
        "deploykey",
        "servicekey",
    ];
    let hit = intro.value(16, |byte| byte.is_ascii_alphanumeric() || b"+/_=.~%!@$*-".contains(&byte))?;
    let text = hit.secret();
    let body = text.trim_end_matches('=');
    if !is_random(body, 10) || text.starts_with(['/', '.', '$', '-', '*']) || code_follows(&hit) {
        return None;
    }
    let name = name_around(&hit);
    let bare = name.replace(['_', '-', '.'], "");
    let random = if STRONG.iter().any(|word| bare.contains(word)) {
        entropy(body) >= 3.0
    } else {
        let classes = Classes::of(body);
        let long = body.len() >= 24 && is_random(body, 20);
        long && classes.digit && classes.lower && classes.upper && entropy(body) >= 3.5
    };
    (random && !is_about(&name) && !is_placeholder(text) && !is_public_id(text)).then_some(hit.secret)
}

/// Takes a long random token near a word for credentials; digests and identifiers stand there too.
pub(super) fn credential(hit: &Hit<'_>) -> Option<Range<usize>> {
    let text = hit.secret().trim_end_matches(['.', '-']);
    let classes = Classes::of(text);
    let token = classes.digit && classes.lower && classes.upper && !is_hex(text);
    let path = text.matches('/').count() > 1 && text.matches('.').count() > 0 || text.starts_with(['/', '.']);
    (token
        && !path
        && text.len() >= 20
        && entropy(text) >= 3.7
        && is_random(text, 16)
        && !is_placeholder(text)
        && !is_public_id(text)
        && !code_follows(hit))
    .then(|| hit.secret.start..hit.secret.start + text.len())
}

/// Takes the words of a wallet's seed, unless they are a sentence: the BIP-39 list has no articles, pronouns
/// or prepositions of two letters.
pub(super) fn seed_phrase(hit: &Hit<'_>) -> Option<Range<usize>> {
    const NOT_LISTED: &[&str] = &[
        "the", "is", "of", "and", "to", "in", "an", "it", "be", "for", "are", "with", "or", "on", "as", "by",
        "at", "from", "which", "not", "your", "was", "were", "has", "have", "will", "used", "its",
    ];
    let words = || hit.secret().split(|c: char| !c.is_ascii_lowercase()).filter(|word| !word.is_empty());
    let sentence = words().filter(|word| NOT_LISTED.contains(word)).count();
    let short = words().filter(|word| word.len() < 3).count();
    (sentence == 0 && short <= 3).then(|| hit.secret.clone())
}

/// Takes a PEM block from its header to its footer or, where the footer is missing, to the end of its body.
pub(super) fn pem_block(hit: &Hit<'_>) -> Option<Range<usize>> {
    let from = hit.secret.end;
    let limit = hit.text.floor_char_boundary((from + BLOCK).min(hit.text.len()));
    let rest = &hit.text[from..limit];
    if let Some(dashes) = rest.find("----")
        && let Some(footer) = rest[dashes..].find("END").filter(|&at| at <= 6)
    {
        let body = &rest[..dashes];
        let line = &rest[dashes + footer..];
        let tail = line
            .find("----")
            .filter(|&at| at < 64)
            .map_or(3, |at| at + line[at..].bytes().take_while(|&byte| byte == b'-').count());
        return has_key_line(body).then(|| hit.secret.start..from + dashes + footer + tail);
    }
    let body = key_lines(rest);
    (body > 0).then(|| hit.secret.start..from + body)
}

/// Takes the body before a PEM footer, for a block whose header was cut off.
pub(super) fn pem_tail(hit: &Hit<'_>) -> Option<Range<usize>> {
    let bytes = hit.text.as_bytes();
    let floor = hit.start.saturating_sub(BLOCK);
    let (mut at, mut start) = (hit.start, None);
    while at > floor {
        let line = at - bytes[floor..at].iter().rev().take_while(|&&byte| is_filling(byte)).count();
        let run = bytes[floor..line].iter().rev().take_while(|&&byte| is_body(byte)).count();
        let mut first = line - run;
        if first > floor && bytes[first - 1] == b'\\' && run > 0 && matches!(bytes[first], b'n' | b'r' | b't')
        {
            // The letter of an escaped line break; the line, if anything is left of it, begins behind.
            first += 1;
        }
        let length = line - first;
        // Only the last line of a body is short.
        if length >= 16 {
            start = Some(first);
        } else if run == 0 || start.is_some() || hit.start - line > 8 && length > 0 {
            break;
        }
        at = line - run;
    }
    start.map(|start| start..hit.secret.end)
}

/// Takes the lines of a PuTTY key's private part.
pub(super) fn putty_block(hit: &Hit<'_>) -> Option<Range<usize>> {
    let from = hit.secret.end;
    let limit = hit.text.floor_char_boundary((from + BLOCK).min(hit.text.len()));
    let body = key_lines(&hit.text[from..limit]);
    (body > 0).then(|| from..from + body)
}

fn is_body(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Returns whether `byte` can stand between two lines of a key: space, quotes, escapes, quoting marks.
fn is_filling(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(byte, b'\\' | b'"' | b'\'' | b'`' | b',' | b'>' | b'|' | b'#' | b'*')
}

/// Returns whether `body` holds a line that can be part of a key.
fn has_key_line(body: &str) -> bool {
    body.split(|c: char| !c.is_ascii() || !is_body(c as u8))
        .any(|run| run.len() >= 16 && !is_placeholder(run))
}

/// Returns how many bytes of `text`, from its start, are lines of a key: runs of Base64 with fillings and
/// RFC 1421 headers between them, the first run at least 16 bytes long.
fn key_lines(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut end) = (0, 0);
    loop {
        at += bytes[at..].iter().take_while(|&&byte| is_filling(byte)).count();
        // Behind the backslash of an escape stands its letter, which is no part of the key.
        while at > 0 && bytes[at - 1] == b'\\' && matches!(bytes.get(at), Some(b'n' | b'r' | b't')) {
            at += 1;
            at += bytes[at..].iter().take_while(|&&byte| is_filling(byte)).count();
        }
        let run = bytes[at..].iter().take_while(|&&byte| is_body(byte)).count();
        if run >= 16
            || end > 0
                && run > 0
                && !text[at..at + run].bytes().all(|b| b.is_ascii_lowercase())
                && ends_line(bytes, at + run)
        {
            end = at + run;
            at = end;
            continue;
        }
        let line = bytes[at..].iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len() - at);
        let header = ["Proc-Type:", "DEK-Info:", "Comment:", "Version:", "Content-Domain:"]
            .iter()
            .any(|name| text[at..].starts_with(name));
        if !header || line == 0 {
            return end;
        }
        at += line;
    }
}

fn ends_line(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_none_or(|byte| matches!(byte, b'\n' | b'\r' | b'\\' | b'"' | b'\'' | b'`'))
}

/// The classes of characters that a text has.
#[derive(Default)]
struct Classes {
    lower: bool,
    upper: bool,
    digit: bool,
    /// One of the symbols that people put into passwords; not the ones that names and paths have.
    symbol: bool,
}

impl Classes {
    fn of(text: &str) -> Self {
        text.bytes().fold(Self::default(), |mut classes, byte| {
            classes.lower |= byte.is_ascii_lowercase();
            classes.upper |= byte.is_ascii_uppercase();
            classes.digit |= byte.is_ascii_digit();
            classes.symbol |= b"!@#$%^&*+=?~|".contains(&byte);
            classes
        })
    }

    fn count(&self) -> usize {
        [self.lower, self.upper, self.digit, self.symbol].into_iter().filter(|&class| class).count()
    }

    fn letters(&self) -> bool {
        self.lower || self.upper
    }
}

/// Returns the name that the keyword of `hit` is part of, in lower case.
fn name_around(hit: &Hit<'_>) -> String {
    let bytes = hit.text.as_bytes();
    let part = |byte: &u8| is_token(*byte) || *byte == b'.';
    let before = bytes[..hit.start].iter().rev().take(40).take_while(|byte| part(byte)).count();
    let after = bytes[hit.start..hit.secret.start].iter().take_while(|byte| part(byte)).count();
    hit.text[hit.start - before..hit.start + after].to_ascii_lowercase()
}

/// Returns whether `name` is that of something about secrets (a count, a place, a digest, a public part)
/// rather than of a secret.
fn is_about(name: &str) -> bool {
    const ENDS: &[&str] = &[
        "id",
        "ids",
        "name",
        "names",
        "count",
        "counts",
        "type",
        "types",
        "url",
        "uri",
        "path",
        "file",
        "dir",
        "len",
        "length",
        "size",
        "limit",
        "hash",
        "sha",
        "sha1",
        "sha256",
        "md5",
        "digest",
        "checksum",
        "fingerprint",
        "version",
        "ttl",
        "expiry",
        "expires",
        "at",
        "format",
        "pattern",
        "regex",
        "policy",
        "field",
        "header",
        "label",
        "hint",
        "index",
        "prefix",
        "suffix",
        "usage",
        "arn",
        "ref",
        "class",
        "selector",
        "endpoint",
        "author",
        "authors",
        "authority",
        "tokenizer",
        "keyword",
        "keywords",
        "keyboard",
        "keyframes",
        "columns",
        "column",
        "schema",
        "tokens",
        "etag",
    ];
    const PARTS: &[&str] = &[
        "public",
        "pubkey",
        "publishable",
        "max",
        "min",
        "num",
        "total",
        "next",
        "prev",
        "page",
        "continuation",
        "cursor",
        "sync",
        "cache",
        "primary",
        "foreign",
        "partition",
        "sort",
        "idempotency",
        "cancellation",
        "eos",
        "bos",
        "pad",
        "vocab",
        "checksum",
        "integrity",
        "digest",
        "sha256",
        "hash",
        "stop",
    ];
    let words = || name.split(['_', '-', '.']).filter(|word| !word.is_empty());
    words().next_back().is_some_and(|last| ENDS.contains(&last) || last.ends_with("hash"))
        || words().any(|word| PARTS.contains(&word))
        || ["keyid", "publickey", "tokencount", "maxtokens", "pagetoken", "tokentype", "cachekey", "keyname"]
            .iter()
            .any(|camel| name.contains(camel))
}

/// Returns whether what follows the secret shows that it is an expression of a program.
fn code_follows(hit: &Hit<'_>) -> bool {
    is_code(hit.secret(), Some(hit.byte_after()))
}

/// Returns whether `text`, before the byte `after`, is a path of identifiers, a call, or a generic type.
fn is_code(text: &str, after: Option<u8>) -> bool {
    if matches!(after, Some(b'(' | b'[')) || text.contains("::") || text.contains("->") {
        return true;
    }
    let identifier = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !is_random(part, 12)
    };
    let mut parts = text.split(['.', '?', '!']).filter(|part| !part.is_empty()).peekable();
    let path = text.contains('.') && parts.clone().count() > 1 && parts.all(identifier);
    path || text.starts_with('&') || text.starts_with('@')
}
