//! Where a user's caches are.

use std::env;
use std::path::PathBuf;

/// Returns the folder for what can be made again: `SOMNIUM_CACHE`, or the usual place of the system. `None` where
/// the user has no home, or wants none (`SOMNIUM_CACHE` is set and empty).
pub(super) fn folder() -> Option<PathBuf> {
    if let Some(folder) = env::var_os("SOMNIUM_CACHE") {
        return (!folder.is_empty()).then(|| PathBuf::from(folder));
    }
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let caches = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Caches"))
    } else {
        // A relative path there is to be ignored, says the XDG Base Directory Specification.
        set("XDG_CACHE_HOME").filter(|path| path.is_absolute()).or_else(|| Some(home()?.join(".cache")))
    };
    caches.map(|caches| caches.join("somnium"))
}
