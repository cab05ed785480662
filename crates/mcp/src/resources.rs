//! The files of the memory as resources.

use rmcp::model::{Resource, ResourceContents};
use somnium_memory::tool::{Reach, file_path};
use somnium_memory::{Memory, MemoryPath, is_text};

/// What the address of a file begins with.
const PREFIX: &str = "somnium://memory/";
/// Resources in one answer.
pub(crate) const PAGE: usize = 200;

/// Returns a page of the text files in reach, by path, and what the next page begins at.
pub(crate) fn list(memory: &Memory, reach: &Reach, from: usize) -> (Vec<Resource>, Option<usize>) {
    let files = memory.files().filter(|(path, bytes)| reach.allows(path.as_str()) && is_text(bytes));
    let mut files = files.skip(from).peekable();
    let page: Vec<Resource> = files.by_ref().take(PAGE).map(|(path, bytes)| resource(path, bytes)).collect();
    let next = files.peek().is_some().then_some(from + PAGE);
    (page, next)
}

fn resource(path: &MemoryPath, bytes: &[u8]) -> Resource {
    Resource::new(address(path), path.as_str()).with_mime_type(kind(path)).with_size(bytes.len() as u64)
}

/// Returns what is at an address; `None` where there is nothing in reach.
pub(crate) fn read(memory: &Memory, reach: &Reach, address: &str) -> Option<ResourceContents> {
    let path = decoded(address.strip_prefix(PREFIX)?)?;
    let path = file_path(&path, reach).ok()??;
    let bytes = memory.get(&path).filter(|bytes| is_text(bytes))?;
    let text = String::from_utf8_lossy(bytes).into_owned();
    Some(ResourceContents::text(text, address).with_mime_type(kind(&path)))
}

fn kind(path: &MemoryPath) -> &'static str {
    if path.is_markdown() { "text/markdown" } else { "text/plain" }
}

/// A path as an address: what has a meaning there is written as `%20`.
fn address(path: &MemoryPath) -> String {
    let mut address = PREFIX.to_owned();
    for byte in path.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    address
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend(parts.next()?.bytes());
    for part in parts {
        let digits = part.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(part[2..].bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_back_to_their_files_and_nowhere_else() {
        let mut memory = Memory::default();
        for path in ["notes/a b%.md", "日本.md", "x.bin", "quarantine.md"] {
            let bytes: &[u8] = if path == "x.bin" { b"\0" } else { b"text" };
            memory.insert(MemoryPath::new(path).unwrap(), bytes);
        }
        let reach = Reach::default();
        let (listed, next) = list(&memory, &reach, 0);
        assert_eq!((listed.len(), next), (2, None));
        for resource in &listed {
            assert!(read(&memory, &reach, &resource.uri).is_some(), "{}", resource.uri);
        }
        for address in [
            "somnium://memory/../x",
            "somnium://memory/%2e%2e/x",
            "somnium://memory/quarantine.md",
            "somnium://memory/.somnium/state.json",
            "somnium://memory/x.bin",
            "somnium://memory/%zz",
            "file:///etc/passwd",
            "",
        ] {
            assert!(read(&memory, &reach, address).is_none(), "{address}");
        }
    }

    #[test]
    fn many_files_come_in_pages() {
        let mut memory = Memory::default();
        for n in 0..PAGE + 1 {
            memory.insert(MemoryPath::new(&format!("{n:04}.md")).unwrap(), b"x".as_slice());
        }
        let (first, next) = list(&memory, &Reach::default(), 0);
        let (second, end) = list(&memory, &Reach::default(), next.unwrap());
        assert_eq!((first.len(), second.len(), end), (PAGE, 1, None));
    }
}
