//! Where the program keeps what is the user's and no memory folder's.

use std::env;
use std::path::PathBuf;

/// Returns the folder for what can be made again: `SOMNIUM_CACHE`, or the usual place of the system. `None` where
/// the user has no home, or wants none (`SOMNIUM_CACHE` is set and empty).
pub(crate) fn cache() -> Option<PathBuf> {
    folder("SOMNIUM_CACHE", "XDG_CACHE_HOME", ".cache", "Library/Caches")
}

/// Returns the folder for what has to stay: the key of the logs and how far each was seen. `SOMNIUM_STATE`, or the
/// usual place of the system; `None` as for [`cache`].
pub(crate) fn state() -> Option<PathBuf> {
    folder("SOMNIUM_STATE", "XDG_STATE_HOME", ".local/state", "Library/Application Support")
}

fn folder(ours: &str, xdg: &str, below_home: &str, on_mac: &str) -> Option<PathBuf> {
    if let Some(folder) = env::var_os(ours) {
        return (!folder.is_empty()).then(|| PathBuf::from(folder));
    }
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let usual = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join(on_mac))
    } else {
        // A relative path there is to be ignored, says the XDG Base Directory Specification.
        set(xdg).filter(|path| path.is_absolute()).or_else(|| Some(home()?.join(below_home)))
    };
    usual.map(|usual| usual.join("somnium"))
}
