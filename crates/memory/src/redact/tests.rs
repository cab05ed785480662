//! Tests of the gate as a whole. Every secret here is assembled when the test runs, so that no scanner of
//! repositories takes this file for a leak.

use proptest::prelude::*;

use super::rules::{Lead, RULES};
use super::*;

const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const HEX: &str = "0123456789abcdef";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const DIGITS: &str = "123456789";
const B64URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Returns `length` characters of `alphabet` that look random and are the same in every run.
fn body(alphabet: &str, length: usize) -> String {
    let alphabet = alphabet.as_bytes();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ (length as u64) << 7 ^ alphabet.len() as u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(alphabet[(state >> 33) as usize % alphabet.len()])
    };
    (0..length).map(|_| next()).collect()
}

fn pem(label: &str, lines: usize) -> String {
    let lines: Vec<String> = (0..lines).map(|line| body(BASE64, 64 - line % 2)).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", lines.join("\n"))
}

fn jwt() -> String {
    format!(
        "{}{}.{}{}.{}",
        "ey",
        "JhbGciOiJIUzI1NiJ9",
        "ey",
        "JzdWIiOiI3MTgyIiwiZXhwIjoxfQ",
        body(B64URL, 43)
    )
}

/// Words of the BIP-39 list.
const WORDS: &str = "zoo orbit maple canyon velvet tornado sketch pepper lunar hazard gravity fiscal";

/// An example of a type and a text that nearly is one: too short, without its prefix, or made up.
struct Case {
    kind: &'static str,
    example: String,
    near_miss: String,
}

fn case(kind: &'static str, example: String, near_miss: impl Into<String>) -> Case {
    Case { kind, example, near_miss: near_miss.into() }
}

/// Returns a case for a token that is `prefix` and then `length` characters of `alphabet`; the near miss is
/// the same prefix with hardly a body.
fn token(kind: &'static str, prefix: &str, alphabet: &str, length: usize) -> Case {
    case(kind, format!("{prefix}{}", body(alphabet, length)), format!("{prefix}{}", body(alphabet, 6)))
}

fn cases() -> Vec<Case> {
    let secret = body(ALNUM, 32);
    let named = |name: &str, value: &str| format!("{name}={value}");
    vec![
        case("private-key", pem("RSA PRIVATE KEY", 4), pem("PUBLIC KEY", 4)),
        case(
            "private-key-tail",
            pem("EC PRIVATE KEY", 3).split_once('\n').unwrap().1.to_owned(),
            "-----END PRIVATE KEY----- is the last line",
        ),
        case(
            "putty-key",
            format!("Private-Lines: 2\n{}\n{}", body(BASE64, 64), body(BASE64, 40)),
            "Private-Lines: 2\nnone",
        ),
        token("age-key", "AGE-SECRET-KEY-1", BASE32, 58),
        case("jwt", jwt(), "eyJhbGciOiJIUzI1NiJ9.json"),
        case("password-hash", format!("$2b$12${}", body(ALNUM, 53)), "$2b$12$short"),
        case(
            "otp-seed",
            format!("otpauth://totp/a:b?secret={}", body(BASE32, 32)),
            "otpauth://totp/a:b?secret=$SEED",
        ),
        case(
            "seed-phrase",
            format!("seed phrase: {WORDS}"),
            "the seed phrase: it is a list of words that you write down and show to nobody",
        ),
        token("bitcoin-xprv", "xprv", "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 107),
        token("anthropic-key", "sk-ant-api03-", B64URL, 95),
        token("openai-key", "sk-proj-", B64URL, 120),
        case("openai-key", format!("sk-{}{}{}", body(ALNUM, 20), "T3BlbkFJ", body(ALNUM, 20)), "sk-T3BlbkFJ"),
        token("model-provider-key", "gsk_", ALNUM, 52),
        token("model-provider-key", "r8_", ALNUM, 37),
        token("huggingface-token", "hf_", ALNUM, 34),
        case(
            "aws-access-key",
            format!("AKIA{}", body(BASE32, 16)),
            format!("AKIA{}EXAMPLE", body(BASE32, 9)),
        ),
        token("aws-session-token", "IQoJb3JpZ2lu", BASE64, 300),
        token("aws-bedrock-key", "ABSK", BASE64, 128),
        token("google-api-key", "AIza", B64URL, 35),
        token("google-oauth-secret", "GOCSPX-", ALNUM, 28),
        token("google-oauth-token", "ya29.", B64URL, 120),
        token("google-oauth-token", "1//0", B64URL, 60),
        case("azure-client-secret", format!("{}8Q~{}", body(ALNUM, 3), body(ALNUM, 34)), "abc8Q~short"),
        case("azure-key", format!("{}JQQJ99{}", body(ALNUM, 52), body(UPPER, 26)), "JQQJ99"),
        case(
            "azure-account-key",
            format!("AccountName=a;AccountKey={}==", body(BASE64, 86)),
            "AccountName=a;AccountKey=<key>",
        ),
        token("digitalocean-token", "dop_v1_", HEX, 64),
        token("heroku-token", "HRKU-AA", B64URL, 58),
        case("fly-token", format!("FlyV1 fm2_{}", body(BASE64, 120)), "FlyV1 fm2_token"),
        case("cloudflare-key", format!("v1.0-{}-{}", body(HEX, 24), body(HEX, 146)), "v1.0-beta"),
        token("tailscale-key", "tskey-auth-k", ALNUM, 15),
        token("github-token", "ghp_", ALNUM, 36),
        case(
            "github-fine-grained-token",
            format!("github_pat_{}_{}", body(ALNUM, 22), body(ALNUM, 59)),
            "github_pat_name",
        ),
        token("gitlab-token", "glpat-", B64URL, 20),
        token("bitbucket-token", "ATBB", ALNUM, 32),
        token("npm-token", "npm_", ALNUM, 36),
        token("pypi-token", "pypi-AgEIcHlwaS5vcmc", B64URL, 120),
        token("crates-io-token", "cio", ALNUM, 32),
        token("rubygems-token", "rubygems_", HEX, 48),
        token("nuget-key", "oy2", LOWER, 43),
        token("clojars-token", "CLOJARS_", LOWER, 60),
        token("docker-token", "dckr_pat_", B64URL, 27),
        token("buildkite-token", "bkua_", HEX, 40),
        case("circleci-token", format!("CCIPAT_{}_{}", body(ALNUM, 22), body(HEX, 40)), "CCIPAT_x_y"),
        token("sourcegraph-token", "sgp_", HEX, 40),
        case(
            "slack-token",
            format!("xoxb-{}-{}-{}", body(DIGITS, 12), body(DIGITS, 13), body(ALNUM, 24)),
            "xoxb-token",
        ),
        case(
            "webhook-url",
            format!(
                "https://hooks.slack.com/services/T{}/B{}/{}",
                body(UPPER, 8),
                body(UPPER, 10),
                body(ALNUM, 24)
            ),
            "https://hooks.slack.com/services/",
        ),
        case(
            "teams-webhook",
            format!(
                "https://corp.webhook.office.com/webhookb2/{}@{}/IncomingWebhook/{}/{}",
                body(HEX, 36),
                body(HEX, 36),
                body(HEX, 32),
                body(HEX, 36)
            ),
            "https://corp.webhook.office.com/webhookb2/",
        ),
        case(
            "discord-token",
            format!("M{}.{}.{}", body(ALNUM, 23), body(ALNUM, 6), body(B64URL, 38)),
            "com.google.Module.method.name",
        ),
        case("telegram-token", format!("{}:AA{}", body(DIGITS, 9), body(ALNUM, 33)), "10:AAPL"),
        case("sendgrid-key", format!("SG.{}.{}", body(B64URL, 22), body(B64URL, 43)), "SG.name.rest"),
        token("mailgun-key", "key-", HEX, 32),
        case("mailchimp-key", format!("{}-us12", body(HEX, 32)), "region-us12"),
        case("brevo-key", format!("xkeysib-{}-{}", body(HEX, 64), body(ALNUM, 16)), "xkeysib-key"),
        case("twilio-key", format!("SK{}", body(HEX, 32)), format!("TASK{}", body(HEX, 32))),
        case("resend-key", format!("re_{}_{}", body(ALNUM, 8), body(ALNUM, 24)), "re_compile_pattern"),
        token("stripe-key", "sk_live_", ALNUM, 24),
        case("webhook-secret", format!("whsec_{}", body(BASE64, 32)), "whsec_ is the prefix"),
        token("shopify-token", "shpat_", HEX, 32),
        token("square-token", "sq0atp-", B64URL, 22),
        token("square-token", "EAAA", B64URL, 60),
        case(
            "paypal-token",
            format!("access_token$live${}${}", body(LOWER, 16), body(HEX, 32)),
            "access_token$x",
        ),
        token("plaid-token", "access-production-", HEX, 36),
        token("easypost-key", "EZAK", ALNUM, 54),
        token("shippo-token", "shippo_live_", HEX, 40),
        case("databricks-token", format!("dapi{}", body(HEX, 32)), "dapi-server"),
        token("vault-token", "hvs.", B64URL, 95),
        case("terraform-token", format!("{}.atlasv1.{}", body(ALNUM, 14), body(ALNUM, 64)), "x.atlasv1.y"),
        token("pulumi-token", "pul-", HEX, 40),
        token("doppler-token", "dp.pt.", ALNUM, 43),
        token("planetscale-token", "pscale_tkn_", ALNUM, 43),
        token("supabase-key", "sbp_", HEX, 40),
        token("netlify-token", "nfp_", ALNUM, 40),
        case("grafana-token", format!("glsa_{}_{}", body(ALNUM, 32), body(HEX, 8)), "glsa_token"),
        token("grafana-token", "eyJrIjoi", ALNUM, 80),
        token("sentry-token", "sntrys_", BASE64, 80),
        token("newrelic-key", "NRAK-", UPPER, 27),
        case("dynatrace-token", format!("dt0c01.{}.{}", body(UPPER, 24), body(UPPER, 64)), "dt0c01.x.y"),
        token("linear-key", "lin_api_", ALNUM, 40),
        token("notion-token", "ntn_", ALNUM, 46),
        token("notion-token", "secret_", ALNUM, 43),
        case("airtable-token", format!("pat{}.{}", body(ALNUM, 14), body(HEX, 64)), "pattern.matcher"),
        token("figma-token", "figd_", B64URL, 40),
        case("postman-key", format!("PMAK-{}-{}", body(HEX, 24), body(HEX, 34)), "PMAK-x-y"),
        token("typeform-token", "tfp_", ALNUM, 44),
        token("adafruit-key", "aio_", ALNUM, 28),
        case("mapbox-token", format!("sk.{}{}.{}", "eyJ", body(ALNUM, 60), body(ALNUM, 22)), "sk.eyJ"),
        case("onepassword-token", format!("ops_{}{}", "eyJ", body(BASE64, 250)), "ops_eyJ"),
        token("prefect-key", "pnu_", ALNUM, 36),
        token("readme-key", "rdme_", LOWER, 70),
        case("service-key", format!("dk_live_{}", body(ALNUM, 40)), format!("pk_live_{}", body(ALNUM, 40))),
        case(
            "aws-secret-key",
            format!("aws_secret_access_key = {}", body(BASE64, 40)),
            format!("aws_secret_access_key = {}EXAMPLEKEY", body(BASE64, 30)),
        ),
        case(
            "signed-url",
            format!("https://b.s3.test/o?X-Amz-Signature={}", body(HEX, 64)),
            "https://b.s3.test/o?X-Amz-Signature=",
        ),
        case(
            "url-password",
            format!("postgres://app:{}@db.internal:5432/prod", body(ALNUM, 16)),
            "postgres://app:password@db.internal:5432/prod",
        ),
        case(
            "url-token",
            format!("https://{}@git.test/x", body(ALNUM, 32)),
            "https://deploy-user-for-builds@git.test/x",
        ),
        case(
            "authorization",
            format!("Authorization: Basic {}", body(BASE64, 24)),
            "Authorization: Bearer $TOKEN",
        ),
        case(
            "authorization-value",
            format!("'authorization': '{secret}'"),
            "Authorization: required-by-the-server",
        ),
        case(
            "bearer-token",
            format!("sent Bearer {}", body(ALNUM, 40)),
            "a bearer authentication_scheme_name",
        ),
        case(
            "cookie",
            format!("Set-Cookie: session={}; Path=/", body(HEX, 64)),
            "Set-Cookie: theme=dark; Path=/",
        ),
        case(
            "basic-credentials",
            format!("curl -u bot:{} https://a.test", body(ALNUM, 12)),
            "curl -u $USER:$PASS https://a.test",
        ),
        case(
            "sshpass-password",
            format!("sshpass -p {} ssh host", body(ALNUM, 12)),
            "sshpass -p $PW ssh host",
        ),
        case(
            "netrc-password",
            format!("machine a.test login bot password {}", body(ALNUM, 12)),
            "machine a.test login bot password none",
        ),
        case("sql-password", format!("IDENTIFIED BY '{}'", body(ALNUM, 12)), "IDENTIFIED BY 'password'"),
        case("password", format!("password: \"{}!\"", body(ALNUM, 14)), "password: \"${DB_PASSWORD}\""),
        case(
            "password-in-prose",
            format!("the staging password is {}!{}", body(ALNUM, 5), body(ALNUM, 6)),
            "the staging password is well-known by now",
        ),
        case("password-option", format!("login --password {}", body(ALNUM, 12)), "login --password-stdin"),
        case("secret-option", format!("login --token {secret}"), "login --token token_file_name"),
        case("secret", named("INTERNAL_SERVICE_TOKEN", &secret), named("INTERNAL_SERVICE_TOKEN_ID", &secret)),
        case(
            "credential",
            format!("request failed for credential {} (401)", body(B64URL, 44)),
            format!("the token of commit {}", body(HEX, 40)),
        ),
    ]
}

/// The places that secrets are pasted into.
const PLACES: &[&str] =
    &["{}", "I used `{}` and it worked.", "{\"text\": \"{}\"}", "\u{1b}[32m{}\u{1b}[0m", "é→{}"];

fn assert_well_formed(text: &str) {
    let found = find(text);
    let mut end = 0;
    for Finding { range, kind } in &found {
        assert!(range.start >= end && range.start < range.end && range.end <= text.len(), "{found:?}");
        assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end), "{found:?}");
        assert!(kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
        end = range.end;
    }
    assert_eq!(is_clean(text), found.is_empty());
    let once = redact(text);
    assert_eq!(matches!(once, Cow::Borrowed(_)), found.is_empty());
    assert_eq!(redact(&once), once, "{text:?}");
}

#[test]
fn every_rule_has_an_example_and_a_near_miss() {
    let cases = cases();
    for (row, case) in RULES.iter().zip(&cases) {
        assert!(row.regex().is_some(), "{} compiles", row.rule.kind);
        assert_eq!(case.kind, row.rule.kind, "the cases stand in the order of the rules");
    }
    assert_eq!(cases.len(), RULES.len());
    let mut wrong = Vec::new();
    for Case { kind, example, near_miss } in &cases {
        let found = find(example);
        if found.len() != 1 || found[0].kind != *kind {
            wrong.push(format!("{kind}: {example:?} -> {found:?}"));
        }
        let found = find(near_miss);
        if !found.is_empty() {
            wrong.push(format!("near {kind}: {near_miss:?} -> {found:?}"));
        }
    }
    assert_eq!(wrong, [] as [String; 0], "{wrong:#?}");
}

#[test]
fn examples_are_found_in_any_place() {
    for Case { kind, example, .. } in cases() {
        for place in PLACES {
            let text = place.replace("{}", &example);
            assert!(
                find(&text).iter().any(|finding| finding.kind == kind),
                "{kind} in {text:?}: {}",
                redact(&text)
            );
            assert_well_formed(&text);
        }
    }
}

/// A letter, a digit or an underscore in front of a distinctive token is not a way past the gate.
#[test]
fn distinctive_tokens_are_found_behind_a_name() {
    let mut wrong = Vec::new();
    let mut rows = 0;
    for (row, Case { kind, example, .. }) in RULES.iter().zip(cases()) {
        if !matches!(row.rule.lead, Lead::Anywhere(_)) {
            continue;
        }
        rows += 1;
        for name in ["x", "t0", "_", "backup_", "é7"] {
            let text = format!("cannot open {name}{example}");
            let after = redact(&text);
            // An issuer in front of `_live_` can have any name, so the general rule takes that name, too.
            let whole_name = ["stripe-key", "shippo-token"].contains(&kind)
                && after == format!("cannot open [redacted:{kind}]");
            if after != format!("cannot open {name}[redacted:{kind}]") && !whole_name {
                wrong.push(format!("{text:?} -> {after:?}"));
            }
            assert_well_formed(&text);
        }
    }
    assert!(rows > 50, "{rows}");
    assert_eq!(wrong, [] as [String; 0], "{wrong:#?}");
}

/// The other side of it: names that hold a prefix, blobs, and prefixes that are too short to be looked for
/// inside a word.
#[test]
fn a_prefix_inside_a_name_or_a_blob_is_no_token() {
    for text in [
        "task-admin-user-management-and-permission-review-of-2024".to_owned(),
        "disk-proj-layout-migration-notes-for-the-storage-team".to_owned(),
        "test_hf_AutoModelForSequenceClassificationLoads".to_owned(),
        "EURASIAPACIFICREGIONNAM".to_owned(),
        format!("keyAKIA{}", body(BASE32, 17)),
        format!("{}AIza{}", body(ALNUM, 90), body(ALNUM, 35)),
        format!("{}{}ghp_{}", body(B64URL, 90), "k3", body(ALNUM, 36)),
        format!("monkey-{}", body(HEX, 32)),
        format!("TASK{}", body(HEX, 32)),
    ] {
        assert_eq!(redact(&text), text);
    }
}

#[test]
fn what_is_not_secret_stays() {
    let hex = |length| body(HEX, length);
    for text in [
        "m-7f3a".to_owned(),
        format!("drm_01{}", body(ALNUM, 22)),
        format!("token of sesn_01{}", body(ALNUM, 22)),
        format!("\"key\": \"sesn_01{}\"", body(ALNUM, 22)),
        format!("content_sha256: {}", hex(64)),
        format!("key {}", hex(16)),
        format!("cache-key-{}", hex(32)),
        format!("commit {}", hex(40)),
        format!("token id c756c3f1-35c9-4ac0-aed6-{}", hex(12)),
        format!("secret: c756c3f1-35c9-4ac0-aed6-{}", hex(12)),
        format!("data:image/png;base64,iVBORw0KGgo{}", body(BASE64, 4000)),
        format!("<img src=\"data:image/png;base64,{}\">", body(BASE64, 800)),
        format!("\"integrity\": \"sha512-{}==\"", body(BASE64, 86)),
        format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{} a@b", body(BASE64, 43)),
        format!("next_page_token={}", body(ALNUM, 40)),
        "export API_KEY=YOUR_API_KEY_GOES_HERE_1".to_owned(),
        "https://example.com:443/a@b and user@example.com".to_owned(),
        "let token = lexer.next_token();".to_owned(),
        "password: String, token: Option<SecretString>,".to_owned(),
        "const key = getKeyFromStorage2(config.auth.tokenKey1);".to_owned(),
        "api_key = os.environ[\"SERVICE_API_KEY_2\"]".to_owned(),
        "password = config.database.password2".to_owned(),
        "const WRONG_PASSWORD: STATUS_32 = 0xC000_006A_u32;".to_owned(),
        "pub const PASSWORD_TOO_SHORT: WIN32_ERROR = 616u32;".to_owned(),
        "--- PASS: TestRun_Version2 (0.01s)".to_owned(),
        "password: \"must be at least 8 characters\"".to_owned(),
        "max_tokens=4096 token_count: 183422".to_owned(),
        "authenticated by token us-east-1-prod-cluster-01-v2".to_owned(),
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".to_owned(),
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----".to_owned(),
        "cookie: consent=accepted; theme=dark".to_owned(),
        "[redacted:password]: [redacted:secret]".to_owned(),
        "password=[redacted:password] token=\"[redacted:secret]\"".to_owned(),
    ] {
        assert_eq!(redact(&text), text);
    }
}

#[test]
fn wrapped_secrets_are_found_in_the_original_bytes() {
    let secret = format!("{}{}", "ghp_", body(ALNUM, 36));
    let (front, back) = secret.split_at(19);
    for (before, between, after) in [
        ("export TOKEN=", "\n", ""),
        ("export TOKEN=", "\n", "\nDEBUG=1"),
        ("  token: >-\n    ", "\n    ", "\n  next: 1"),
        ("let t = \"", "\" +\n    \"", "\";"),
        ("curl -H 'x: ", "\\\n", "' https://a.test"),
        ("{\"out\": \"", "\\n", "\"}"),
        ("{\"out\": \"", "\\r\\n\\t", " then\"}"),
        ("é ", "\r\n", " é"),
    ] {
        let text = format!("{before}{front}{between}{back}{after}");
        assert_eq!(redact(&text), format!("{before}[redacted:github-token]{after}"), "{text:?}");
        assert_well_formed(&text);
    }
}

#[test]
fn a_secret_in_many_short_lines_is_one_finding() {
    let secret = format!("sk-ant-api03-{}", body(B64URL, 95));
    let lines: Vec<&str> =
        (0..secret.len()).step_by(24).map(|at| &secret[at..secret.len().min(at + 24)]).collect();
    assert_eq!(redact(&format!("key {}\nDone.", lines.join("\n"))), "key [redacted:anthropic-key]\nDone.");
}

#[test]
fn the_line_after_a_secret_stays() {
    let secret = format!("{}{}", "ghp_", body(ALNUM, 36));
    for next in ["then run it", "DEBUG=1", "Result: ok", "main.rs:12: warning", "# next", "fn main() {}"] {
        assert_eq!(
            redact(&format!("TOKEN={secret}\n{next}")),
            format!("TOKEN=[redacted:github-token]\n{next}")
        );
    }
}

#[test]
fn key_blocks_are_taken_whole_in_any_dress() {
    let block = pem("OPENSSH PRIVATE KEY", 5);
    let lines: Vec<&str> = block.lines().collect();
    for text in [
        block.clone(),
        block.replace('\n', "\\n"),
        block.replace('\n', "\\r\\n"),
        block.replace('\n', " "),
        format!("    {}", block.replace('\n', "\n    ")),
        format!("> {}", block.replace('\n', "\n> ")),
        lines[..4].join("\n"),
        lines[..4].join("\\n"),
        lines[2..].join("\n"),
        lines[2..].join("\\n"),
    ] {
        let text = format!("before {text}\nafter");
        let after = redact(&text);
        assert!(after.starts_with("before") && after.ends_with("\nafter"), "{after:?}");
        assert!(lines[1..6].iter().all(|line| !after.contains(line)), "{text:?} -> {after:?}");
        assert_well_formed(&text);
    }
}

#[test]
fn the_specific_type_names_a_secret_that_several_rules_find() {
    let secret = format!("{}{}", "ghp_", body(ALNUM, 36));
    assert_eq!(redact(&format!("\"api_token\": \"{secret}\"")), "\"api_token\": \"[redacted:github-token]\"");
    assert_eq!(redact(&format!("{secret}{secret}")), "[redacted:github-token]");
    assert_eq!(redact(&format!("{secret} {secret}")), "[redacted:github-token] [redacted:github-token]");
}

#[test]
fn a_long_value_is_taken_to_its_end() {
    for length in [40, 255, 256, 257, 700, 5000] {
        let text = format!("SIGNING_SECRET={} # end", body(BASE64, length));
        assert_eq!(redact(&text), "SIGNING_SECRET=[redacted:secret] # end", "{length}");
    }
}

/// Texts made to be slow: keywords without end, runs without breaks, breaks without words. There is no
/// clock here; a scan that is not linear does not come back from five megabytes of it.
#[test]
fn hostile_megabytes_are_read_to_the_end() {
    let run = body(ALNUM, 64);
    for unit in [
        "password=",
        "token=token:",
        "eyJabcdefghij.",
        "-eyJabcdefghijk",
        "-----BEGIN PRIVATE KEY-----\n",
        "a.bcdefg.",
        "-----END PRIVATE KEY-----\n",
        "://a:b",
        "cookie: a=b;",
        "sk-ant-api03-",
        "ghp_",
        "key key_key-",
        "\\n",
        "x9\n",
        "aB3dE5gH7jK9\n",
        "seed phrase: zoo ",
        "AccountKey=",
        "otpauth://",
        "[redacted:",
        "authorization: bearer ",
        &run,
        &format!("{run}\n"),
        &format!("{run}\\n"),
        &format!("{run}/"),
    ] {
        let text = unit.repeat(200_000 / unit.len());
        let found = find(&text);
        assert!(found.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start), "{unit:?}");
    }
}

/// Pieces from which texts are put together that are full of secrets, halves of them, and their contexts.
fn hostile_text() -> impl Strategy<Value = String> {
    let mut pieces: Vec<String> =
        cases().into_iter().flat_map(|case| [case.example, case.near_miss]).collect();
    pieces.extend(
        [
            "\n",
            "\\n",
            " ",
            "\"",
            "=",
            ": ",
            "é",
            "[redacted:secret]",
            "[redacted:",
            "]",
            "password",
            "token",
            ".",
            "\\\n    ",
        ]
        .map(str::to_owned),
    );
    let piece =
        (prop::sample::select(pieces), any::<prop::sample::Index>(), 0..4u8).prop_map(|(piece, at, cut)| {
            let at = piece.floor_char_boundary(at.index(piece.len() + 1));
            match cut {
                0 => piece[..at].to_owned(),
                1 => piece[at..].to_owned(),
                _ => piece,
            }
        });
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        assert_well_formed(&text);
    }

    #[test]
    fn any_printable_text_is_read(text in "[ -~\n]{0,200}") {
        assert_well_formed(&text);
    }

    #[test]
    fn texts_full_of_secrets_are_settled_at_once(text in hostile_text()) {
        assert_well_formed(&text);
    }

    #[test]
    fn personal_data_is_settled_at_once(text in "[0-9a-z@.+ ()-]{0,80}|\\PC{0,80}") {
        let once = redact_personal(&text).into_owned();
        prop_assert_eq!(&redact_personal(&once), &once);
        for finding in find_personal(&text) {
            prop_assert!(text.get(finding.range).is_some());
        }
    }
}
