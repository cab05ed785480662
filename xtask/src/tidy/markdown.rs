//! Reading Markdown as text: lines outside code, headings, anchors and links.

/// Returns the lines of `text` outside fenced code blocks, with inline code blanked, numbered from 1.
pub(super) fn prose(text: &str) -> Vec<(usize, String)> {
    let mut fence: Option<&str> = None;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let marker = ["```", "~~~"].into_iter().find(|marker| start.starts_with(marker));
        match (fence, marker) {
            (None, Some(marker)) => fence = Some(marker),
            (Some(open), Some(marker)) if open == marker => fence = None,
            (None, None) => lines.push((index + 1, without_inline_code(line))),
            _ => {}
        }
    }
    lines
}

/// Blanks what stands between backticks, and keeps the backticks.
fn without_inline_code(line: &str) -> String {
    let mut in_code = false;
    line.chars()
        .map(|c| {
            if c == '`' {
                in_code = !in_code;
                return c;
            }
            if in_code { ' ' } else { c }
        })
        .collect()
}

/// Returns the targets of the inline links and images of a line of prose.
pub(super) fn link_targets(line: &str) -> Vec<&str> {
    let ends = line.match_indices("](").map(|(at, _)| &line[at + 2..]);
    ends.filter_map(|rest| {
        let (target, _) = rest.split_once(')')?;
        // `](path "title")`
        Some(target.split_whitespace().next().unwrap_or_default())
    })
    .collect()
}

/// Returns the text of the first heading.
pub(super) fn title(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("# ")).map(str::trim)
}

/// Returns the anchors of a page: its headings in lower case, spaces as hyphens, punctuation dropped.
pub(super) fn anchors(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut anchors = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        let heading = line.trim_start_matches('#');
        if fenced || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        anchors.push(kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>().to_lowercase());
    }
    anchors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_not_prose() {
        let text = "see `[a](b)` and [c](d)\n```\n[e](f)\n```\n~~~\n```\n[g](h)\n~~~\n[i](j \"k\")\n";
        let prose = prose(text);
        let targets: Vec<&str> = prose.iter().flat_map(|(_, line)| link_targets(line)).collect();
        assert_eq!(targets, ["d", "j"]);
    }

    #[test]
    fn headings_give_title_and_anchors() {
        let text = "intro\n# The Title\n## What's `in` it?\n#not-a-heading\n```\n# a comment\n```\n";
        assert_eq!(title(text), Some("The Title"));
        assert_eq!(anchors(text), ["the-title", "whats-in-it"]);
    }
}
