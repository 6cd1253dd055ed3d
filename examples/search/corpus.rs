//! What is indexed: the crates of the cargo registry, a folder of texts, or the texts this example ships.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use semver::Version;
use serde::Deserialize;

/// More of a text than this is not indexed: it would slow the start down and hardly ever be what a search is for.
const LONGEST_TEXT: usize = 32 * 1024;

const SHIPPED: [(&str, &str); 5] = [
    ("cancellation.md", include_str!("docs/cancellation.md")),
    ("context.md", include_str!("docs/context.md")),
    ("deadlines.md", include_str!("docs/deadlines.md")),
    ("fan-out.md", include_str!("docs/fan-out.md")),
    ("values.md", include_str!("docs/values.md")),
];

/// A text that was found and not yet read.
#[derive(Debug)]
pub(crate) enum Entry {
    Crate {
        name: String,
        version: Version,
        dir: PathBuf,
    },
    File(PathBuf),
    Shipped {
        name: &'static str,
        text: &'static str,
    },
}

/// A text, ready for the index.
#[derive(Debug, PartialEq)]
pub(crate) struct Document {
    pub(crate) title: String,
    /// Where it can be read. `None`: only here.
    pub(crate) link: Option<String>,
    pub(crate) text: String,
}

/// Lists what there is to index: below `dir`, or in the cargo registry of this machine. Empty if nothing is there.
pub(crate) fn find(dir: Option<&Path>) -> io::Result<Vec<Entry>> {
    match dir {
        Some(dir) => {
            let mut found = Vec::new();
            find_files(dir, &mut found)?;
            Ok(found)
        }
        None => Ok(find_crates()),
    }
}

/// The texts that come with the example.
pub(crate) fn shipped() -> Vec<Entry> {
    SHIPPED
        .map(|(name, text)| Entry::Shipped { name, text })
        .into()
}

impl Entry {
    pub(crate) fn read(&self) -> io::Result<Document> {
        match self {
            Self::Crate { name, version, dir } => read_crate(name, version, dir),
            Self::File(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                Ok(document(&name, &read_text(path)?))
            }
            Self::Shipped { name, text } => Ok(document(name, text)),
        }
    }
}

fn find_files(dir: &Path, found: &mut Vec<Entry>) -> io::Result<()> {
    let entries = fs::read_dir(dir).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot read {}: {error}", dir.display()),
        )
    })?;
    for entry in entries {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        // A link to a folder is not followed: it may lead back to one that is being read.
        if kind.is_dir() && !hidden {
            find_files(&path, found)?;
        } else if is_text(&path) {
            found.push(Entry::File(path));
        }
    }
    Ok(())
}

fn is_text(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    path.is_file() && ["md", "markdown", "txt"].iter().any(|e| extension == *e)
}

/// The newest version of each crate. What cannot be listed is not there: no registry is no error.
fn find_crates() -> Vec<Entry> {
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join(".cargo")));
    let sources = home.map(|home| subfolders(&home.join("registry/src")));

    let mut newest = BTreeMap::<String, (Version, PathBuf)>::new();
    for dir in sources.into_iter().flatten().flat_map(|s| subfolders(&s)) {
        let Some((name, version)) = split_name(&dir) else {
            continue;
        };
        if newest.get(&name).is_none_or(|(known, _)| *known < version) {
            newest.insert(name, (version, dir));
        }
    }
    newest
        .into_iter()
        .map(|(name, (version, dir))| Entry::Crate { name, version, dir })
        .collect()
}

fn subfolders(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|e| e.path()).filter(|p| p.is_dir()).collect()
}

/// Splits `tokio-util-0.7.16` into name and version: the version begins behind the first hyphen after which it parses.
fn split_name(dir: &Path) -> Option<(String, Version)> {
    let folder = dir.file_name()?.to_str()?;
    folder.match_indices('-').find_map(|(at, _)| {
        let version = Version::parse(&folder[at + 1..]).ok()?;
        Some((folder[..at].to_owned(), version))
    })
}

fn read_crate(name: &str, version: &Version, dir: &Path) -> io::Result<Document> {
    #[derive(Deserialize)]
    struct Manifest {
        package: Package,
    }
    #[derive(Deserialize)]
    struct Package {
        description: Option<String>,
        readme: Option<toml::Value>,
    }

    let manifest = fs::read_to_string(dir.join("Cargo.toml"))?;
    let Manifest { package } = toml::from_str(&manifest).map_err(io::Error::other)?;
    let description = package.description.unwrap_or_default();
    // `readme = false` says that there is none.
    let readme = match package.readme {
        Some(toml::Value::String(file)) => read_text(&dir.join(file)).unwrap_or_default(),
        _ => String::new(),
    };
    Ok(Document {
        title: name.to_owned(),
        link: Some(format!("https://docs.rs/{name}/{version}")),
        text: format!("{}\n{}", description.trim(), plain(&readme)),
    })
}

fn document(name: &str, text: &str) -> Document {
    let title = text.lines().find_map(|line| line.strip_prefix("# "));
    Document {
        title: title.unwrap_or(name).trim().to_owned(),
        link: None,
        text: plain(text),
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut bytes = fs::read(path)?;
    bytes.truncate(LONGEST_TEXT);
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Leaves out what reads badly in a snippet: badges, tags, link targets, fences and the marks of headings.
fn plain(markdown: &str) -> String {
    let noise = ["[![", "![", "<", "```"];
    let lines = markdown
        .lines()
        .map(|line| line.trim_start_matches('#').trim())
        .filter(|line| !noise.iter().any(|start| line.starts_with(start)))
        .filter(|line| !(line.starts_with('[') && line.contains("]:")));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_the_registry_splits_into_name_and_version() {
        let split = |folder: &str| split_name(Path::new(folder)).map(|(n, v)| (n, v.to_string()));
        let named = |n: &str, v: &str| Some((n.to_owned(), v.to_owned()));

        assert_eq!(split("src/tokio-1.49.0"), named("tokio", "1.49.0"));
        assert_eq!(split("tokio-util-0.7.16"), named("tokio-util", "0.7.16"));
        assert_eq!(split("a-1.0.0-rc.1"), named("a", "1.0.0-rc.1"));
        assert_eq!(split("b-1.0.0+1.2-3"), named("b", "1.0.0+1.2-3"));
        assert_eq!(split("no-version"), None);
    }

    #[test]
    fn a_text_is_named_by_its_first_heading_or_its_file() {
        assert_eq!(document("a.md", "x\n# Gates\ny").title, "Gates");
        assert_eq!(document("a.txt", "just text").title, "a.txt");
    }

    #[test]
    fn badges_tags_and_link_targets_do_not_reach_the_index() {
        let text = "# Title\n[![ci](u)](u)\n<p align=x>\nkept [a]\n[a]: http://x\n```rust\nlet kept = 1;\n```";
        assert_eq!(plain(text), "Title\nkept [a]\nlet kept = 1;");
    }
}
