//! Whose machine a session ran on, from its working folder.

use somnium_types::PrincipalId;

/// Folders under which each user has one.
const HOMES: &[&str] = &["/Users/", "/home/", ":\\Users\\", ":/Users/"];

/// Returns the user part of the home folder that `folder` lies in; `None` where it lies in none.
pub(crate) fn owner(folder: &str) -> Option<PrincipalId> {
    let rest = HOMES.iter().find_map(|home| {
        let (drive, rest) = folder.split_once(home)?;
        let at_root = if home.starts_with(':') { drive.len() == 1 } else { drive.is_empty() };
        at_root.then_some(rest)
    })?;
    let user = rest.split(['/', '\\']).next().unwrap_or_default();
    (!user.is_empty() && user != "Shared").then(|| user.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_is_the_user_part_of_the_home_folder() {
        for folder in ["/Users/ada/src/x", "/home/ada", "C:\\Users\\ada\\x", "c:/Users/ada/x"] {
            assert_eq!(owner(folder), Some("ada".into()), "{folder}");
        }
        for folder in ["/root/x", "/srv/home/ada", "", "/home/", "/Users/Shared/x", "relative/Users/x"] {
            assert_eq!(owner(folder), None, "{folder}");
        }
    }
}
