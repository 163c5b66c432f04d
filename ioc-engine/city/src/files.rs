//! The files of a pack's folder, read once each, in an order that does not depend on the file system.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use model::{Diagnostic, Level, SourceFile, Sources, nearest};

/// What may stand in a pack's folder.
const KNOWN: [&str; 11] = [
    "city.yaml",
    "areas.csv",
    "areas.geojson",
    "calendars.yaml",
    "wall.yaml",
    "README.md",
    "catalog",
    "assets",
    "rules",
    "scenarios",
    "simulation",
];

/// The folders among them, with what files of each are called in a sentence and how their names end.
const FOLDERS: [(&str, &str, &str); 5] = [
    ("catalog", "files of the catalog", ".yaml"),
    ("assets", "tables of assets", ".csv"),
    ("rules", "rule files", ".yaml"),
    ("scenarios", "scenarios", ".yaml"),
    ("simulation", "files of the simulation", ".yaml"),
];

/// Reads files and keeps their texts, so that problems can be underlined in them.
pub(crate) struct Files {
    dir: PathBuf,
    pub(crate) sources: Sources,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// One file that has been read: its place in the sources and its text.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) index: usize,
    /// Without folder and extension: `wifi` of `catalog/wifi.yaml`.
    pub(crate) stem: String,
    pub(crate) source: SourceFile,
}

impl File {
    pub(crate) fn text(&self) -> &str {
        &self.source.text
    }
}

impl Files {
    pub(crate) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            sources: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// A file that every pack has.
    pub(crate) fn required(&mut self, name: &str) -> Option<File> {
        let found = self.optional(name);
        if found.is_none() && !self.dir.join(name).exists() {
            self.problem(name, "pack-missing-file", "the pack has no such file");
        }
        found
    }

    /// A file that a pack may have.
    pub(crate) fn optional(&mut self, name: &str) -> Option<File> {
        let path = self.dir.join(name);
        match fs::read(&path) {
            Ok(bytes) => self.admit(name, bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                self.problem(name, "pack-unreadable", &format!("cannot be read: {error}"));
                None
            }
        }
    }

    /// Every file of a sub-folder whose name ends so, by name.
    pub(crate) fn all(&mut self, folder: &str, ending: &str) -> Vec<File> {
        let names = self.names(folder);
        self.read_all(folder, names.iter().filter(|name| name.ends_with(ending)))
    }

    /// The same without those that end otherwise as well.
    pub(crate) fn all_but(&mut self, folder: &str, ending: &str, but: &str) -> Vec<File> {
        let names = self.names(folder);
        let wanted = |name: &&String| name.ends_with(ending) && !name.ends_with(but);
        self.read_all(folder, names.iter().filter(wanted))
    }

    fn read_all<'n>(&mut self, folder: &str, names: impl Iterator<Item = &'n String>) -> Vec<File> {
        names
            .filter_map(|name| self.optional(&format!("{folder}/{name}")))
            .collect()
    }

    /// Warns of entries no part of the product reads, most likely misspelt ones.
    pub(crate) fn warn_of_strangers(&mut self) {
        for name in self.names(".") {
            if KNOWN.contains(&name.as_str()) || name.starts_with('.') {
                continue;
            }
            let near = nearest(&name, KNOWN).map(|near| format!("did you mean '{near}'?"));
            self.warn_of(&name, near);
        }
        for (folder, what, ending) in FOLDERS {
            if !self.dir.join(folder).is_dir() {
                continue;
            }
            for name in self.names(folder) {
                let read = name.ends_with(ending) || name == "README.md";
                if !read && !name.starts_with('.') {
                    let help = format!("{what} end in {ending} and stand directly in {folder}/");
                    self.warn_of(&format!("{folder}/{name}"), Some(help));
                }
            }
        }
    }

    fn warn_of(&mut self, name: &str, help: Option<String>) {
        let message = "nothing reads this; a pack does not know it";
        self.problem(name, "pack-unknown-file", message);
        if let Some(problem) = self.diagnostics.last_mut() {
            problem.level = Level::Warning;
            problem.help = help;
        }
    }

    fn names(&mut self, folder: &str) -> Vec<String> {
        let entries = match fs::read_dir(self.dir.join(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                self.problem(
                    folder,
                    "pack-unreadable",
                    &format!("cannot be listed: {error}"),
                );
                return Vec::new();
            }
        };
        let mut names = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => names.push(entry.file_name().to_string_lossy().into_owned()),
                Err(error) => {
                    self.problem(
                        folder,
                        "pack-unreadable",
                        &format!("cannot be listed: {error}"),
                    );
                }
            }
        }
        names.sort();
        names
    }

    fn admit(&mut self, name: &str, bytes: Vec<u8>) -> Option<File> {
        match String::from_utf8(bytes) {
            Ok(text) => {
                let source = self.source(name, text);
                let stem = name.rsplit('/').next().unwrap_or(name);
                Some(File {
                    index: self.sources.len() - 1,
                    stem: stem.split('.').next().unwrap_or(stem).to_owned(),
                    source,
                })
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let line = error.as_bytes()[..at].split(|b| *b == b'\n').count();
                let message = format!("is not UTF-8 text: line {line} has a byte that is none");
                self.problem(name, "pack-encoding", &message);
                None
            }
        }
    }

    /// A problem of a whole file: it has no text to underline in.
    fn problem(&mut self, name: &str, code: &'static str, message: &str) {
        self.source(name, String::new());
        let index = self.sources.len() - 1;
        self.diagnostics.push(Diagnostic::error(
            code,
            format!("{name}: {message}"),
            index,
            0..0,
        ));
    }

    fn source(&mut self, name: &str, text: String) -> SourceFile {
        let source = SourceFile {
            path: self.dir.join(name).display().to_string().into(),
            text: text.into(),
        };
        self.sources.push(source.clone());
        source
    }
}
