//! What bytes look like: boundaries and runs of tokens, randomness, placeholders, identifiers.
//!
//! Everything here is a pure function of a few dozen bytes; the thresholds are for ASCII credentials.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::PLACEHOLDER_OPEN;

/// The longest text, in bytes, whose randomness is measured; more changes nothing.
const MEASURED: usize = 512;

/// How many bytes of Base64 directly before a place make it the middle of a blob.
const BLOB: usize = 64;

/// Returns whether `byte` can be part of a token: a letter, a digit, `_` or `-`.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// Returns whether a token can begin at `at`: no word byte stands before it, unless that byte ends an escape
/// (`\n`, `%3D`, a colour sequence), and it does not lie in the middle of a Base64 blob.
pub(super) fn begins_token(bytes: &[u8], at: usize) -> bool {
    let Some(before) = bytes[..at].last().copied() else { return true };
    if before.is_ascii_alphanumeric() || before == b'_' {
        return ends_escape(&bytes[at.saturating_sub(12)..at]);
    }
    if matches!(before, b'+' | b'/') {
        let blob = bytes[..at].iter().rev().take(BLOB).take_while(|&&byte| is_base64(byte)).count();
        return blob < BLOB;
    }
    true
}

/// Returns whether a Base64 blob, of either alphabet, reaches up to `at`: at least [`BLOB`] bytes of it in
/// which digits, lower case and upper case all occur, as they do not in a path or a name.
pub(super) fn inside_blob(bytes: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(BLOB).map(|from| &bytes[from..at]) else { return false };
    let one_alphabet =
        before.iter().all(|&byte| is_base64(byte)) || before.iter().all(|&byte| is_token(byte));
    let has = |class: fn(&u8) -> bool| before.iter().any(class);
    one_alphabet && has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
}

/// Returns whether the token at `at` has nothing of a longer name or path directly before it: the boundary
/// for prefixes that are short enough to occur in one.
pub(super) fn stands_alone(bytes: &[u8], at: usize) -> bool {
    let before = bytes[..at].last().copied().unwrap_or(b' ');
    begins_token(bytes, at) && !matches!(before, b'-' | b'.' | b'/' | b'+')
}

/// Returns whether `before` ends with an escape sequence rather than with a letter of a word.
fn ends_escape(before: &[u8]) -> bool {
    match before {
        [.., b'\\', b'n' | b'r' | b't'] => true,
        [.., b'%', high, low] => high.is_ascii_hexdigit() && low.is_ascii_hexdigit(),
        [head @ .., b'm'] => {
            let digits = head.iter().rev().take_while(|b| b.is_ascii_digit() || **b == b';').count();
            head[..head.len() - digits].last() == Some(&b'[')
        }
        _ => false,
    }
}

/// Returns where the token that reaches up to `at` begins, at most `most` bytes before it. The letters of an
/// escape in front of it (`\n`, `%3D`, a colour sequence) are no part of it.
pub(super) fn token_start(bytes: &[u8], at: usize, most: usize) -> usize {
    let part = |byte: &&u8| is_token(**byte) || matches!(**byte, b'~' | b'.');
    let start = at - bytes[..at].iter().rev().take(most).take_while(part).count();
    let run = &bytes[start..at];
    let escape = match bytes[..start].last() {
        Some(b'\\') => usize::from(matches!(run.first(), Some(b'n' | b'r' | b't'))),
        Some(b'%') if run.iter().take(2).all(u8::is_ascii_hexdigit) => run.len().min(2),
        Some(b'[') => {
            let digits = run.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if run.get(digits) == Some(&b'm') { digits + 1 } else { 0 }
        }
        _ => 0,
    };
    start + escape
}

/// Returns where the run of token bytes that goes on at `at` ends.
pub(super) fn run_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|&&byte| is_token(byte)).count()
}

/// Returns where the run of Base64 bytes, of either alphabet, that goes on at `at` ends.
pub(super) fn blob_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|&&byte| is_token(byte) || is_base64(byte) || byte == b'=').count()
}

/// Returns whether the byte `at` lies inside a placeholder of this gate.
pub(super) fn inside_placeholder(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let reach = at.saturating_sub(48);
    let Some(open) = bytes[reach..at].iter().rposition(|&byte| byte == b'[') else { return false };
    bytes[reach + open..].starts_with(PLACEHOLDER_OPEN.as_bytes()) && !bytes[reach + open..at].contains(&b']')
}

/// Returns the Shannon entropy of `text` in bits per byte.
pub(super) fn entropy(text: &str) -> f64 {
    let bytes = &text.as_bytes()[..text.len().min(MEASURED)];
    let mut counts = [0u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let total = bytes.len().max(1) as f64;
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = f64::from(count) / total;
            -share * share.log2()
        })
        .sum()
}

/// Returns whether `text` counts up or repeats rather than being random: `0123456789abcdef`, `xxxxxxxx`,
/// `abababab`, or few distinct characters for its length.
pub(super) fn is_filler(text: &str) -> bool {
    let bytes = &text.as_bytes()[..text.len().min(MEASURED)];
    if bytes.len() < 4 {
        return false;
    }
    let regular = |a: u8, b: u8| a == b || a.wrapping_add(1) == b || a == b.wrapping_add(1);
    let by_one = bytes.windows(2).filter(|pair| regular(pair[0], pair[1])).count();
    let by_two = bytes.windows(3).filter(|three| regular(three[0], three[2])).count();
    let most = bytes.len() - 1;
    let mut seen = [false; 256];
    bytes.iter().for_each(|&byte| seen[usize::from(byte)] = true);
    let distinct = seen.iter().filter(|&&seen| seen).count();
    by_one * 2 > most || by_two * 5 > most * 3 || distinct < 5.min(bytes.len() / 3 + 1)
}

/// Returns whether `text` is one of the things people write where a secret would be: a variable, a
/// template, `your-key-here`, dots, stars, an EXAMPLE, or one of this gate's placeholders.
pub(super) fn is_placeholder(text: &str) -> bool {
    static MARKS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        let marks = [
            "example",
            "xxxxx",
            "*****",
            "....",
            "changeme",
            "change_me",
            "change-me",
            "placeholder",
            "redacted",
            "dummy",
            "your_",
            "your-",
            "yourkey",
            "yourtoken",
            "yoursecret",
            "yourpassword",
            "_here",
            "-here",
            "${",
            "{{",
            "$(",
            "<%",
            "[redacted",
            "not-a-real",
            "notareal",
            "fake",
        ];
        AhoCorasick::builder().ascii_case_insensitive(true).build(marks).ok()
    });
    let head = &text[..text.floor_char_boundary(MEASURED)];
    MARKS.as_ref().is_some_and(|marks| marks.is_match(head)) || is_filler(head)
}

/// Returns whether `text` is one of the words that stand for a password in documentation and tests.
pub(super) fn is_stock_password(text: &str) -> bool {
    const STOCK: &[&str] = &[
        "pass",
        "passwd",
        "password",
        "pwd",
        "secret",
        "test",
        "testing",
        "user",
        "username",
        "root",
        "admin",
        "guest",
        "token",
        "none",
        "null",
        "nil",
        "true",
        "false",
        "undefined",
        "default",
        "string",
        "empty",
        "required",
        "optional",
        "hidden",
        "mypassword",
        "my-password",
        "my_password",
        "mysecret",
        "secretpass",
        "credentials",
        "apikey",
        "api_key",
        "key",
        "value",
        "todo",
        "unset",
        "masked",
        "basic",
        "bearer",
        "plaintext",
        "secretkey",
        "secret_key",
        "postgres",
        "mysql",
        "mongo",
        "redis",
        "rabbitmq",
        "pw",
        "x",
    ];
    let text = text.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    STOCK.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Returns whether `text` has the 8-4-4-4-12 form of a UUID anywhere.
pub(super) fn has_uuid(text: &str) -> bool {
    text.as_bytes().windows(36).any(|window| {
        window.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    })
}

/// Returns whether `text` is only hexadecimal digits.
pub(super) fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns whether `text` is an identifier that its system shows openly: `sesn_01…`, `drm_…`, `toolu_…`,
/// `chatcmpl-…`, a digest with its algorithm, a UUID.
pub(super) fn is_public_id(text: &str) -> bool {
    const PREFIXES: &[&str] = &[
        "memver", "memstore", "mem", "sesn", "session", "drm", "sevt", "agent", "vlt", "vcrd", "env", "msg",
        "toolu", "tool", "srvtoolu", "req", "call", "run", "thread", "file", "evt", "event", "cus", "resp",
        "asst", "batch", "msgbatch", "org", "user", "usr", "proj", "wrkspc", "skill", "dep", "job", "task",
        "claim", "note", "snap", "img", "vol", "acct", "price", "prod", "sub", "inv", "txn",
    ];
    const DIGESTS: &[&str] = &["sha1", "sha256", "sha384", "sha512", "md5", "blake3", "h1", "crc32"];
    if let Some((prefix, _)) = text.split_once('_')
        && PREFIXES.contains(&prefix)
    {
        return true;
    }
    if let Some((prefix, _)) = text.split_once(['-', ':'])
        && (DIGESTS.iter().any(|name| prefix.eq_ignore_ascii_case(name)) || prefix == "chatcmpl")
    {
        return true;
    }
    has_uuid(text)
}

/// Returns whether a stretch of letters and digits in `text`, of at least `least` bytes, changes between
/// digits, lower case and upper case more often than words, versions and camel case do.
pub(super) fn is_random(text: &str, least: usize) -> bool {
    let text = &text.as_bytes()[..text.len().min(MEASURED)];
    text.split(|byte| !byte.is_ascii_alphanumeric()).filter(|stretch| stretch.len() >= least).any(|stretch| {
        let class = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
        let steps = stretch.len() - 1;
        let pairs = || stretch.windows(2).map(|pair| (class(pair[0]), class(pair[1])));
        let digits = pairs().filter(|(a, b)| a.0 != b.0).count();
        let classes = pairs().filter(|(a, b)| a != b).count();
        digits * 7 >= steps || classes * 20 >= steps * 9
    })
}

/// Returns whether `text` holds a stretch of at least eight letters and digits in which digits stand among
/// letters or cases change as in a random token or, since this is only a first look, as in camel case.
pub(super) fn is_jumbled(text: &[u8]) -> bool {
    text.split(|byte| !byte.is_ascii_alphanumeric()).filter(|stretch| stretch.len() >= 8).any(|stretch| {
        let class = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
        let pairs = || stretch.windows(2).map(|pair| (class(pair[0]), class(pair[1])));
        pairs().any(|(a, b)| a.0 != b.0) || pairs().filter(|(a, b)| a != b).count() * 4 >= stretch.len()
    })
}

/// Returns whether `text` reads as a word, a name or a number, such as `then`, `Result` or `user-id-2`:
/// what follows a secret on the next line, rather than the rest of the secret.
pub(super) fn is_wordish(text: &str) -> bool {
    text.len() <= 40
        && text.split(['-', '_', '.', '/']).all(|part| {
            let digits = part.bytes().all(|byte| byte.is_ascii_digit());
            let bare = part.trim_end_matches(|c: char| c.is_ascii_digit());
            let lower = bare.bytes().skip(1).all(|byte| byte.is_ascii_lowercase());
            let upper = bare.bytes().all(|byte| byte.is_ascii_uppercase());
            digits && part.len() <= 8 || (lower || upper) && bare.len() <= 15 && part.len() - bare.len() <= 2
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_know_escapes_and_blobs() {
        assert!(begins_token(b"x = tok", 4));
        assert!(!begins_token(b"footok", 3));
        assert!(begins_token(br"a\ntok", 3));
        assert!(begins_token(b"k%3Dtok", 4));
        assert!(begins_token(b"\x1b[1;32mtok", 7));
        assert!(begins_token(b"path/tok", 5));
        let blob = [b"Ab1".repeat(30), b"/tok".to_vec()].concat();
        assert!(!begins_token(&blob, 91));
        assert!(inside_blob(&blob, 91) && inside_blob(&blob, 64) && !inside_blob(&blob, 63));
        let path = [b"/home/builds/".repeat(6), b"tok".to_vec()].concat();
        assert!(!inside_blob(&path, 78));
        assert!(!stands_alone(b"cache-key", 6));
    }

    #[test]
    fn randomness_is_told_from_words() {
        for random in ["k3J9xQ2mP7vL4nR8", "9f86d081884c7d65", "qJtRbYwXzKdMfGhP"] {
            assert!(is_random(random, 10), "{random}");
        }
        for word in ["getUserAccountDetails", "authentication", "v1.22.333-rc.4", "us-east-1-prod-cluster"] {
            assert!(!is_random(word, 10), "{word}");
        }
    }

    #[test]
    fn fillers_and_placeholders_are_known() {
        for text in ["0123456789abcdef0123456789abcdef", "aaaaaaaaaaaa", "ababababab", "xxxxxxxx-xxxx"] {
            assert!(is_filler(text), "{text}");
        }
        assert!(!is_filler("k3J9xQ2mP7vL4nR8"));
        for text in ["YOUR_API_KEY", "${DB_PASSWORD}", "<your-key-here>", "[redacted:jwt]"] {
            assert!(is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn own_and_foreign_ids_are_public() {
        assert!(is_public_id("sesn_01AbCdEfGh"));
        assert!(is_public_id("c756c3f1-35c9-4ac0-aed6-3431b7efa23f"));
        assert!(is_public_id("sha512-AbCd"));
        assert!(!is_public_id("zq_01AbCdEfGh"));
    }

    #[test]
    fn words_are_wordish() {
        for word in ["then", "Result", "DEBUG", "user-id-2", "main.rs", "2024"] {
            assert!(is_wordish(word), "{word}");
        }
        for rest in ["k3J9xQ2m", "aB", "9f86d081"] {
            assert!(!is_wordish(rest), "{rest}");
        }
    }
}
