//! Tokens that their issuer marks with a prefix or another fixed part.
//!
//! Lengths are the published ones where the issuer promises them, and a floor where it says they may grow.

use super::{Lead, Rule};
use crate::redact::checks;

pub(super) const RULES: &[Rule] = &[
    // Models.
    Rule::distinctive("anthropic-key", &["sk-ant-"], r"sk-ant-[a-z]{2,12}[0-9]{0,2}-[A-Za-z0-9_-]{32,200}"),
    Rule::distinctive(
        "openai-key",
        &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-none-"],
        r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{32,200}",
    ),
    Rule::distinctive("openai-key", &["t3blbkfj"], r"sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}")
        .lead(Lead::Anywhere(23)),
    Rule::distinctive(
        "model-provider-key",
        &["sk-or-v1-", "gsk_", "xai-", "pplx-", "nvapi-", "lsv2_", "tgp_v1_"],
        r"(?:sk-or-v1-[0-9a-f]{64}|gsk_[A-Za-z0-9]{48,60}|xai-[A-Za-z0-9]{70,90}|pplx-[A-Za-z0-9]{40,60}|nvapi-[A-Za-z0-9_-]{60,80}|lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}|tgp_v1_[A-Za-z0-9_-]{40,50})",
    ),
    Rule::token(
        "model-provider-key",
        &["sk-", "r8_", "tvly-", "csk-", "fw_"],
        r"(?:sk-lf-[0-9a-f-]{36}|sk-[A-Za-z0-9]{32,64}|r8_[A-Za-z0-9]{36,42}|tvly-(?:[a-z]{2,6}-)?[A-Za-z0-9]{30,40}|csk-[a-z0-9]{44,56}|fw_[A-Za-z0-9]{22,40})",
    )
    .lead(Lead::Strict),
    Rule::distinctive("huggingface-token", &["hf_", "api_org_"], r"(?:hf|api_org)_[A-Za-z0-9]{34,64}"),
    // Clouds.
    Rule::token("aws-access-key", &["akia", "asia", "abia", "acca", "a3t"], r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}")
        .lead(Lead::Anywhere(0))
        .check(checks::aws_access_key),
    Rule::token("aws-session-token", &["iqojb3jpz2lu", "fwogzxivyxdz"], r"(?:IQoJb3JpZ2lu|FwoGZXIvYXdz)[A-Za-z0-9+/]{40,900}={0,2}")
        .lead(Lead::Anywhere(0))
        .check(checks::base64_token),
    Rule::token("aws-bedrock-key", &["absk", "bedrock-api-key-"], r"(?:ABSK[A-Za-z0-9+/]{100,300}={0,2}|bedrock-api-key-[A-Za-z0-9+/]{60,900}={0,2})")
        .check(checks::base64_token),
    Rule::distinctive("google-api-key", &["aiza"], r"AIza[A-Za-z0-9_-]{35}").check(checks::token),
    Rule::distinctive("google-oauth-secret", &["gocspx-"], r"GOCSPX-[A-Za-z0-9_-]{28}"),
    Rule::distinctive("google-oauth-token", &["ya29."], r"ya29\.[A-Za-z0-9_-]{20,400}"),
    Rule::token("google-oauth-token", &["1//0"], r"1//0[A-Za-z0-9_-]{40,200}"),
    Rule::token("azure-client-secret", &["q~"], r"[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}")
        .lead(Lead::Anywhere(4)),
    Rule::token("azure-key", &["jqqj99", "azdo"], r"(?:[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{20,30}|[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})")
        .lead(Lead::Back(76)),
    Rule::named(
        "azure-account-key",
        &["accountkey=", "sharedaccesskey="],
        r"(?i:accountkey|sharedaccesskey)=([A-Za-z0-9+/]{40,100}={0,2})",
        checks::base64_token,
    ),
    Rule::distinctive("digitalocean-token", &["dop_v1_", "doo_v1_", "dor_v1_"], r"do[opr]_v1_[a-f0-9]{64}"),
    Rule::distinctive("heroku-token", &["hrku-"], r"HRKU-[A-Za-z0-9_-]{36,80}"),
    Rule::token("fly-token", &["flyv1 ", "fo1_"], r"(?:FlyV1 fm[0-9][a-z]?_[A-Za-z0-9+/=,_-]{40,900}|fo1_[A-Za-z0-9_-]{43})"),
    Rule::token("cloudflare-key", &["v1.0-"], r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}"),
    Rule::distinctive("tailscale-key", &["tskey-"], r"tskey-[a-z]{3,12}-[A-Za-z0-9]{10,24}(?:-[A-Za-z0-9]{16,48})?"),
    // Code hosts and registries.
    Rule::distinctive("github-token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"gh[pousr]_[A-Za-z0-9]{36,250}"),
    Rule::distinctive("github-fine-grained-token", &["github_pat_"], r"github_pat_[A-Za-z0-9_]{36,250}"),
    Rule::distinctive(
        "gitlab-token",
        &["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glimt-", "glagent-", "gloas-", "glwt-", "glffct-", "gr1348941"],
        r"(?:gl(?:pat|dt|rt|rtr|cbt|ptt|ft|soat|imt|agent|oas|wt|ffct)-[A-Za-z0-9_.-]{20,300}|GR1348941[A-Za-z0-9_-]{20,40})",
    ),
    Rule::distinctive("bitbucket-token", &["atbb", "atctt3", "atatt3"], r"(?:ATBB[A-Za-z0-9]{24,40}|AT[AC]TT3[A-Za-z0-9_=-]{60,260})"),
    Rule::distinctive("npm-token", &["npm_"], r"npm_[A-Za-z0-9]{36}"),
    Rule::distinctive("pypi-token", &["pypi-age"], r"pypi-AgE[A-Za-z0-9_-]{50,250}"),
    Rule::token("crates-io-token", &["cio"], r"cio[A-Za-z0-9]{32}").lead(Lead::Strict).check(checks::random_token),
    Rule::distinctive("rubygems-token", &["rubygems_"], r"rubygems_[a-f0-9]{48}"),
    Rule::token("nuget-key", &["oy2"], r"oy2[a-z0-9]{43}").lead(Lead::Strict).check(checks::random_token),
    Rule::distinctive("clojars-token", &["clojars_"], r"(?i:clojars_)[a-z0-9]{60}"),
    Rule::distinctive("docker-token", &["dckr_pat_", "dckr_oat_"], r"dckr_[po]at_[A-Za-z0-9_-]{24,60}"),
    Rule::distinctive("buildkite-token", &["bkua_", "bkat_"], r"bk[ua]a?t?_[A-Za-z0-9]{40,64}"),
    Rule::distinctive("circleci-token", &["ccipat_", "cciprj_"], r"CCIP(?:AT|RJ)_[A-Za-z0-9]{16,30}_[a-f0-9]{40}"),
    Rule::token("sourcegraph-token", &["sgp_", "sgd_"], r"sg[pd]_(?:[a-fA-F0-9]{16}_|local_)?[a-fA-F0-9]{40,64}"),
    // Messages.
    Rule::distinctive("slack-token", &["xoxb-", "xoxp-", "xoxa-", "xoxs-", "xoxr-", "xoxo-", "xoxe", "xoxc-", "xoxd-", "xapp-"], r"(?:xox[a-z](?:\.xox[bp])?-[A-Za-z0-9%-]{16,250}|xapp-[0-9]-[A-Za-z0-9-]{20,250})"),
    Rule::token(
        "webhook-url",
        &["https://hooks.slack.com/", "https://discord.com/api/webhooks/", "https://discordapp.com/api/webhooks/", "https://hooks.zapier.com/"],
        r"(?i:https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/_-]{20,200}|https://discord(?:app)?\.com/api/webhooks/[0-9]{15,22}/[A-Za-z0-9_-]{40,100}|https://hooks\.zapier\.com/hooks/catch/[0-9]{4,12}/[A-Za-z0-9]{5,20})",
    )
    .lead(Lead::Anywhere(0)),
    Rule::token("teams-webhook", &[".webhook.office.com/"], r"[a-z0-9-]{1,40}\.webhook\.office\.com/webhookb2/[A-Za-z0-9@-]{36,80}/IncomingWebhook/[A-Za-z0-9]{32}/[A-Za-z0-9-]{36}(?:/[A-Za-z0-9_-]{10,80})?")
        .lead(Lead::Back(40)),
    Rule::token("discord-token", &[], r"[MNO][A-Za-z0-9_-]{22,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}")
        .lead(Lead::Back(29))
        .check(checks::random_token),
    Rule::token("telegram-token", &[":aa"], r"(?:bot)?([0-9]{8,10}:AA[A-Za-z0-9_-]{32,34})").lead(Lead::Back(13)),
    Rule::distinctive("sendgrid-key", &["sg."], r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}"),
    Rule::token("mailgun-key", &["key-"], r"key-[0-9a-f]{32}").lead(Lead::Strict).check(checks::whole_token),
    Rule::token("mailchimp-key", &["-us"], r"[0-9a-f]{32}-us[0-9]{1,2}").lead(Lead::Back(32)).check(checks::whole_token),
    Rule::distinctive("brevo-key", &["xkeysib-", "xsmtpsib-"], r"x(?:key|smtp)sib-[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    Rule::token("twilio-key", &["sk0", "sk1", "sk2", "sk3", "sk4", "sk5", "sk6", "sk7", "sk8", "sk9", "ska", "skb", "skc", "skd", "ske", "skf"], r"SK[0-9a-f]{32}")
        .lead(Lead::Strict)
        .check(checks::whole_token),
    Rule::token("resend-key", &["re_"], r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,28}").lead(Lead::Strict).check(checks::random_token),
    // Payment and commerce.
    Rule::distinctive("stripe-key", &["sk_live_", "rk_live_", "sk_test_", "rk_test_", "sk_prod_", "rk_prod_"], r"[sr]k_(?:live|test|prod)_[A-Za-z0-9]{16,250}"),
    // Standard Webhooks and Stripe share the prefix; the body is Base64 of 24 to 64 bytes.
    Rule::token("webhook-secret", &["whsec_"], r"whsec_[A-Za-z0-9+/]{24,100}={0,2}")
        .lead(Lead::Anywhere(0))
        .check(checks::base64_token),
    Rule::distinctive("shopify-token", &["shpat_", "shpca_", "shppa_", "shpss_", "shptka_"], r"shp(?:at|ca|pa|ss|tka)_[a-fA-F0-9]{32}"),
    Rule::distinctive("square-token", &["sq0atp-", "sq0csp-"], r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,60}"),
    Rule::token("square-token", &["eaaa"], r"EAAA[A-Za-z0-9_-]{56,64}"),
    Rule::distinctive("paypal-token", &["access_token$"], r"access_token\$[a-z]{3,12}\$[a-z0-9]{16}\$[a-f0-9]{32}"),
    Rule::token("plaid-token", &["access-sandbox-", "access-production-", "access-development-"], r"access-[a-z]{6,12}-[0-9a-f-]{36}"),
    Rule::distinctive("easypost-key", &["ezak", "eztk"], r"EZ[AT]K[A-Za-z0-9]{50,64}"),
    Rule::distinctive("shippo-token", &["shippo_"], r"shippo_(?:live|test)_[a-fA-F0-9]{40}"),
    // Data, operations, documents.
    Rule::token("databricks-token", &["dapi"], r"dapi[0-9a-f]{32}(?:-[0-9])?").lead(Lead::Anywhere(0)),
    Rule::distinctive("vault-token", &["hvs.", "hvb.", "hvr."], r"hv[sbr]\.[A-Za-z0-9_-]{24,300}"),
    Rule::token("terraform-token", &[".atlasv1."], r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,80}").lead(Lead::Anywhere(14)),
    Rule::distinctive("pulumi-token", &["pul-"], r"pul-[a-f0-9]{40}"),
    Rule::distinctive("doppler-token", &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."], r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}"),
    Rule::distinctive("planetscale-token", &["pscale_"], r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_=.-]{32,64}"),
    Rule::distinctive("supabase-key", &["sbp_", "sb_secret_"], r"(?:sbp_[a-z0-9_]{40,60}|sb_secret_[A-Za-z0-9_-]{28,50})"),
    Rule::distinctive("netlify-token", &["nfp_"], r"nf[pcoub]_[A-Za-z0-9_-]{36,48}"),
    Rule::distinctive("grafana-token", &["glsa_", "glc_"], r"(?:glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9+/]{32,400}={0,3})"),
    Rule::token("grafana-token", &["eyjrijoi"], r"eyJrIjoi[A-Za-z0-9+/_-]{60,400}={0,3}"),
    Rule::distinctive("sentry-token", &["sntrys_", "sntryu_"], r"sntry[su]_[A-Za-z0-9+/=_-]{40,400}"),
    Rule::distinctive("newrelic-key", &["nrak-", "nrii-", "nrjs-", "nraa-"], r"NR(?:AK|II|JS|AA)-[A-Za-z0-9_-]{19,40}"),
    Rule::distinctive("dynatrace-token", &["dt0c01.", "dt0s"], r"dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    Rule::distinctive("linear-key", &["lin_api_", "lin_oauth_", "lin_wh_"], r"lin_(?:api|oauth|wh)_[A-Za-z0-9]{32,64}"),
    Rule::distinctive("notion-token", &["ntn_"], r"ntn_[A-Za-z0-9]{40,50}"),
    Rule::token("notion-token", &["secret_"], r"secret_[A-Za-z0-9]{43}"),
    Rule::token("airtable-token", &["pat"], r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}").lead(Lead::Strict),
    Rule::distinctive("figma-token", &["figd_", "figo", "figu"], r"fig[dour][hrp]?_[A-Za-z0-9_-]{38,64}"),
    Rule::distinctive("postman-key", &["pmak-"], r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    Rule::distinctive("typeform-token", &["tfp_"], r"tfp_[A-Za-z0-9_.=-]{40,64}"),
    Rule::token("adafruit-key", &["aio_"], r"aio_[A-Za-z0-9]{28}"),
    Rule::distinctive("mapbox-token", &["sk.eyj"], r"sk\.eyJ[A-Za-z0-9_-]{40,200}\.[A-Za-z0-9_-]{20,30}"),
    Rule::token("onepassword-token", &["ops_eyj"], r"ops_eyJ[A-Za-z0-9+/]{100,900}={0,3}")
        .lead(Lead::Anywhere(0))
        .check(checks::base64_token),
    Rule::distinctive("prefect-key", &["pnu_", "pnb_"], r"pn[ub]_[A-Za-z0-9]{36}"),
    Rule::distinctive("readme-key", &["rdme_"], r"rdme_[a-z0-9]{70}"),
    // The convention `<issuer>_<live|test|prod>_<random>` that many issuers have taken over from Stripe.
    // A `pk_` key is meant to be published.
    Rule::token("service-key", &["_live_", "_test_", "_prod_"], r"[a-z][a-z0-9]{1,11}_(?:live|test|prod)_[A-Za-z0-9]{20,100}")
        .lead(Lead::Back(12))
        .check(checks::service_key),
];
