//! Which files are meant: those named, and the city packs they stand in.

use std::path::{Path, PathBuf};

use clap::Args;
use model::SourceFile;

use crate::cli::{Failure, USUAL_CITY};

#[derive(Debug, Args)]
pub(crate) struct Selection {
    /// Only these files, or those in these folders; their pack is found from where they stand
    #[arg(value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// The city pack the rules are for; needed for files that stand outside any
    #[arg(long, value_name = "DIR")]
    city: Option<PathBuf>,
}

/// One pack and what is asked about of it.
pub(crate) struct Chosen {
    pub(crate) city: PathBuf,
    /// Files and folders; all of the pack where empty.
    paths: Vec<PathBuf>,
}

impl Selection {
    /// The packs in the order in which they were first named.
    pub(crate) fn packs(&self) -> Result<Vec<Chosen>, Failure> {
        if self.paths.is_empty() {
            let city = pack_dir(self.city.as_deref())?;
            let paths = Vec::new();
            return Ok(vec![Chosen { city, paths }]);
        }
        let mut packs: Vec<Chosen> = Vec::new();
        for path in &self.paths {
            let Chosen { city, .. } = Chosen::of(path, self.city.as_deref())?;
            let known = packs.iter().position(|pack| pack.city == city);
            let place = known.unwrap_or_else(|| {
                let paths = Vec::new();
                packs.push(Chosen { city, paths });
                packs.len() - 1
            });
            packs[place].paths.push(path.clone());
        }
        Ok(packs)
    }
}

impl Chosen {
    /// A file or a folder, of the pack that is named or else the one it stands in.
    pub(crate) fn of(path: &Path, city: Option<&Path>) -> Result<Self, Failure> {
        if let Some(city) = city {
            pack_dir(Some(city))?;
        }
        if !path.exists() {
            let line = format!("there is no file {}", path.display());
            return Err(Failure::Usage(line));
        }
        let city = city.map(Path::to_owned).or_else(|| pack_around(path));
        let city = city.ok_or_else(|| {
            let path = path.display();
            Failure::Usage(format!(
                "{path} stands in no city pack: no folder above it has a city.yaml; name one with --city"
            ))
        })?;
        let paths = vec![path.to_owned()];
        Ok(Self { city, paths })
    }

    /// Everything of the pack is meant.
    pub(crate) fn is_whole(&self) -> bool {
        self.paths.is_empty()
    }

    /// Whether a file is meant, or is the tests of one that is: `flood.test.yaml` goes with `flood.yaml`.
    pub(crate) fn takes_with_tests(&self, path: &str) -> bool {
        let rules = path.strip_suffix(".test.yaml");
        let rules = rules.map(|stem| format!("{stem}.yaml"));
        self.takes(path) || rules.is_some_and(|rules| self.takes(&rules))
    }

    fn takes(&self, path: &str) -> bool {
        self.is_whole()
            || self
                .paths
                .iter()
                .any(|chosen| lies_in(Path::new(path), chosen))
    }

    /// Whether rules or their tests stand in a file: in the pack's folder of rules, or outside the pack.
    pub(crate) fn has_rules_in(&self, path: &str) -> bool {
        let path = Path::new(path);
        lies_in(path, &self.city.join("rules")) || !lies_in(path, &self.city)
    }

    /// Files that were named and are none of the pack's rule files, with the tests or the rules beside them.
    pub(crate) fn drafts(&self) -> Vec<PathBuf> {
        let rules = self.city.join("rules");
        let is_inside = |path: &Path| path.parent().is_some_and(|dir| lies_in(dir, &rules));
        let mut drafts: Vec<PathBuf> = Vec::new();
        for path in &self.paths {
            if path.is_file() && is_yaml(path) && !is_inside(path) {
                let beside = Some(beside(path)).filter(|beside| beside.is_file());
                for file in [Some(path.clone()), beside].into_iter().flatten() {
                    if !drafts.contains(&file) {
                        drafts.push(file);
                    }
                }
            }
        }
        drafts
    }
}

/// The tests of a rule file, or the rule file of tests: `flood.test.yaml` and `flood.yaml`.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let other = match name.strip_suffix(".test.yaml") {
        Some(stem) => format!("{stem}.yaml"),
        None => format!("{}.test.yaml", name.strip_suffix(".yaml").unwrap_or(&name)),
    };
    path.with_file_name(other)
}

/// The pack that was named; else the one you stand in; else the usual one.
pub(crate) fn pack_dir(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let is_pack = |dir: &Path| dir.join("city.yaml").exists();
    if let Some(named) = named {
        let none = || format!("{} is no city pack: it has no city.yaml", named.display());
        return if is_pack(named) {
            Ok(named.to_owned())
        } else {
            Err(Failure::Usage(none()))
        };
    }
    let usual = || Some(PathBuf::from(USUAL_CITY)).filter(|usual| is_pack(usual));
    let found = pack_around(Path::new(".")).or_else(usual);
    found.ok_or_else(|| {
        Failure::Usage(format!(
            "there is no city pack here: no city.yaml in this folder or above it, and no {USUAL_CITY}; go to a pack, or name it"
        ))
    })
}

/// Paths as they are typed: of the pack one stands in, without the dot of the folder.
pub(super) fn shorten(files: &mut [SourceFile]) {
    for file in files {
        if let Some(short) = file.path.strip_prefix("./") {
            file.path = short.into();
        }
    }
}

/// The nearest folder above a path that has a `city.yaml`.
fn pack_around(path: &Path) -> Option<PathBuf> {
    let is_pack = |dir: &&Path| dir.join("city.yaml").exists();
    if let Some(found) = path.ancestors().find(is_pack) {
        // Of `rules/flood.yaml` the last ancestor is nothing at all, which joins to a path but does not print as one.
        let here = found.as_os_str().is_empty();
        return Some(if here { ".".into() } else { found.to_owned() });
    }
    let whole = path.canonicalize().ok()?;
    whole.ancestors().find(is_pack).map(Path::to_owned)
}

/// What rules and their tests are written in; a file of another ending is neither.
pub(super) fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "yaml")
}

/// True when `file` is `chosen` or lies in that folder, however either was written.
fn lies_in(file: &Path, chosen: &Path) -> bool {
    match (file.canonicalize(), chosen.canonicalize()) {
        (Ok(file), Ok(chosen)) => file.starts_with(chosen),
        _ => file.starts_with(chosen),
    }
}
