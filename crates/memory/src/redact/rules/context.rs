//! Secrets of no format of their own, known by what stands around them.

use super::{Lead, Rule};
use crate::redact::{checks, glance};

pub(super) const RULES: &[Rule] = &[
    Rule::named(
        "aws-secret-key",
        &["aws_secret", "secret_access_key", "secretaccesskey", "secret access key"],
        r#"(?i:[a-z_ ]{8,30})\\?["'`]?[ \t]{0,8}(?:=>|:=|=|:)[ \t]{0,8}\\?["'`]?([A-Za-z0-9/+]{40})"#,
        checks::whole_base64,
    ),
    Rule::named(
        "signed-url",
        &["x-amz-signature=", "x-goog-signature=", "?sig=", "&sig="],
        r"(?i:x-amz-signature|x-goog-signature|[?&]sig)=([A-Za-z0-9%+/_-]{32,600})",
        checks::token,
    ),
    Rule::named(
        "url-password",
        &["://"],
        r#"://[^\s\x1b:/?\#@"'<>`\\]{0,128}:([^\s\x1b/"'<>`\\]{3,256})@"#,
        checks::url_password,
    ),
    Rule::named("url-token", &["://"], r"://([A-Za-z0-9_-]{20,250})(?::x-oauth-basic|:)?@", checks::random),
    Rule::named(
        "authorization",
        &["authorization"],
        r#"(?i)authorization\\?["'`]?[ \t]{0,4}(?:=>|:|=|,)[ \t]{0,4}\\?["'`]?(?:basic|bearer|token|digest|apikey|api-key|negotiate|key|bot)[ \t]{1,4}([A-Za-z0-9+/_=.~:-]{8,500})"#,
        checks::authorization,
    ),
    Rule::named(
        "authorization-value",
        &["authorization"],
        r#"(?i)authorization\\?["'`]?[ \t]{0,4}(?:=>|:|=|,)[ \t]{0,4}\\?["'`]?([A-Za-z0-9+/_=.~:-]{16,500})"#,
        checks::random,
    ),
    Rule::named(
        "bearer-token",
        &["bearer "],
        r"(?i:bearer)[ ]{1,2}([A-Za-z0-9+/_=.~-]{20,500})",
        checks::random,
    )
    .lead(Lead::Token),
    Rule::named(
        "cookie",
        &["cookie"],
        r#"(?i)cookies?\\?["'`]?[ \t]{0,4}(?::|=|,)[ \t]{0,4}\\?["'`]?"#,
        checks::cookie,
    ),
    Rule::named(
        "basic-credentials",
        &["-u ", "--user "],
        r#"(?:-u|--user)[ ]{1,2}["']?[^\s\x1b:'"$]{1,64}:([^\s\x1b'"$]{4,128})"#,
        checks::curl_user,
    )
    .lead(Lead::Strict),
    Rule::named(
        "sshpass-password",
        &["sshpass"],
        r#"sshpass[ ]{1,2}-p[ ]{0,2}["']?([^\s\x1b"'$]{4,128})"#,
        checks::literal,
    ),
    Rule::named(
        "netrc-password",
        &["machine "],
        r"machine\s{1,4}[^\s\x1b]{1,100}\s{1,4}login\s{1,4}[^\s\x1b]{1,100}\s{1,4}password\s{1,4}([^\s\x1b]{3,200})",
        checks::literal,
    ),
    Rule::named(
        "sql-password",
        &["identified by", "with password", " password '"],
        r#"(?i)(?:identified[ ]by|(?:with)?[ ]password)[ ]{1,2}["']([^"'\r\n]{4,128})["']"#,
        checks::literal,
    ),
    Rule::named(
        "password",
        &["password", "passwd", "passphrase", "passcode", "pwd", "_pass", "pass=", "pass\""],
        r#"(?i)(?:(?:password|passwd|passphrase|passcode|pwd)[a-z0-9_-]{0,30}|_?pass)(?:\\?["'`]|\]){0,3}[ \t]{0,8}(?:=>|:=|==?|:[ ]?[&'a-z_<>| ?]{1,32}=[ ]?|:|,|\(|>)[ \t]{0,8}(?:\\?["'`])?"#,
        checks::password,
    )
    .glance(glance::assigned),
    Rule::named(
        "password-in-prose",
        &["password", "passphrase", "passcode", "passwd"],
        r#"(?i)(?:password|passphrase|passcode|passwd)s?(?:[ ](?:for|to|of|on|here)[ ][^\s\x1b]{1,40})?[ ]{0,2}(?:is|was|are|=|:|->|→)(?:[ ]now)?[ ]{1,2}["'`“(]{0,2}([^\s\x1b"'`“”]{6,128})"#,
        checks::prose_password,
    ),
    Rule::named(
        "password-option",
        &["--pass"],
        r#"--[a-z-]{4,24}[ =]{1,2}["']?([^\s\x1b"'`\\,;<>(){}\[\]]{5,200})"#,
        checks::literal,
    ),
    Rule::named(
        "secret-option",
        &[
            "--token",
            "--api-key",
            "--apikey",
            "--secret",
            "--access-token",
            "--auth-token",
            "--access-key",
            "--client-secret",
        ],
        r#"--[a-z-]{4,24}[ =]{1,2}["']?([A-Za-z0-9+/_=.~-]{12,500})"#,
        checks::random,
    ),
    Rule::named(
        "secret",
        &["secret", "token", "key", "credential", "auth", "session"],
        r#"(?i)(?:secret|token|key|credential|auth|session)[a-z0-9_-]{0,40}(?:\\?["'`]|\]){0,3}[ \t]{0,8}(?:=>|:=|==?|:[ ]?[&'a-z_<>| ?]{1,32}=[ ]?|:|,|\(|>)[ \t]{0,8}(?:\\?["'`]){0,3}"#,
        checks::named_secret,
    )
    .glance(glance::assigned),
    // The last net: a long random token within a few words of a word for credentials.
    Rule::named(
        "credential",
        &["credential", "api key", "access key", "secret key", "token", "secret", "password"],
        r#"(?i)(?:credentials?|(?:api|access|secret)[ ]keys?|tokens?|secrets?|passwords?)(?:[ ][a-z]{1,12}){0,3}[ ]{0,1}[:=]?[ ]["'`(]{0,2}([a-z0-9+/_=~.-]{20,300})"#,
        checks::credential,
    )
    .glance(glance::long_word_near),
];
