//! Quotations short enough to read.

/// Stands for what a quotation leaves out.
pub(crate) const ELLIPSIS: char = '…';

/// Returns a template as a quotation: wildcards become an ellipsis, long ones are cut at a word.
pub(super) fn of_template(template: &[String], limit: usize) -> String {
    let mut text = String::new();
    for token in template {
        let token = token.replace(crate::normalise::WILDCARD, "…");
        if token == "…" && text.ends_with('…') {
            continue;
        }
        if text.chars().count() + token.chars().count() > limit {
            if !text.ends_with('…') {
                text.push_str(" …");
            }
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&token);
    }
    without_open_bracket(&text).trim_end_matches([',', ':', ';', ' ', '.']).to_owned()
}

/// Returns `text` up to a bracket that does not close, if something is left to read.
fn without_open_bracket(text: &str) -> String {
    let opens = |text: &str| text.matches('(').count() > text.matches(')').count();
    match text.rfind('(') {
        Some(at) if opens(text) && at > 12 => format!("{} …", text[..at].trim_end_matches([' ', '…'])),
        _ => text.to_owned(),
    }
}

/// Returns a line as a quotation, cut at a word.
pub(super) fn of_line(line: &str, limit: usize) -> String {
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= limit {
        return line;
    }
    let mut text = String::new();
    for word in line.split(' ') {
        if text.chars().count() + word.chars().count() + 1 > limit {
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    if text.is_empty() { line.chars().take(limit).chain([ELLIPSIS]).collect() } else { text + " …" }
}

/// Returns the pieces of a quotation that stand in its source, in order.
pub(crate) fn pieces(quotation: &str) -> impl Iterator<Item = &str> {
    quotation.split(ELLIPSIS).map(str::trim).filter(|piece| !piece.is_empty())
}
