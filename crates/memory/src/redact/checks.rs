//! The last word of each rule: whether a match is a secret, and which of its bytes.

use std::ops::Range;

use super::scan::Hit;
use super::shape::{
    begins_token, entropy, has_uuid, is_hex, is_jumbled, is_placeholder, is_public_id, is_random,
    is_stock_password, is_token, is_wordish, run_end,
};

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

/// Takes a token of a distinctive format, which must look random where it is glued to a word: `task-admin-…`
/// and a long name in kebab case hold a prefix and a body, too.
pub(super) fn distinctive_token(hit: &Hit<'_>) -> Option<Range<usize>> {
    let apart = begins_token(hit.text.as_bytes(), hit.start);
    // Either by how often it changes, or because it has everything in one piece, as words rarely do.
    let mixed = |stretch: &str| {
        let classes = Classes::of(stretch);
        stretch.len() >= 8 && classes.digit && classes.lower && classes.upper
    };
    let random = || {
        let text = hit.secret();
        is_random(text, 10) || text.split(|c: char| !c.is_ascii_alphanumeric()).any(mixed)
    };
    (apart || random()).then(|| token(hit)).flatten()
}

/// Takes an AWS access key id. Of the prefixes only `AKIA` is so rare in names that, glued to one, it does
/// not need a digit behind it.
pub(super) fn aws_access_key(hit: &Hit<'_>) -> Option<Range<usize>> {
    let text = hit.secret();
    let apart = text.starts_with("AKIA") || begins_token(hit.text.as_bytes(), hit.start);
    (apart || text.bytes().skip(4).any(|byte| byte.is_ascii_digit())).then(|| whole_token(hit)).flatten()
}

/// Takes a token whose prefix alone would not be evidence enough.
pub(super) fn random_token(hit: &Hit<'_>) -> Option<Range<usize>> {
    is_jumbled(hit.secret().as_bytes()).then(|| whole_token(hit)).flatten()
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
    let expression = !quoted && (text.trim_end_matches('=').contains('=') || code_follows(&hit));
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
    if !is_random(body, 10) || text.starts_with(['.', '$', '-', '*']) || is_path(text) || code_follows(&hit) {
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

/// Returns whether `text` is an absolute path; one in 64 Base64 values begins like one.
fn is_path(text: &str) -> bool {
    text.starts_with('/') && (text.contains(['.', '-', '_']) || text.split('/').all(is_wordish))
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
    let constant = text.contains('_')
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && !is_random(text, 12);
    // A number of a program: `-1i32`, `0xC000_027A_u32`.
    let number = text.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit())
        && ["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "usize", "isize"]
            .iter()
            .any(|end| text.ends_with(end));
    if constant || number {
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
