//! What these tests share: the binary as it is typed, and copies of packs to type at.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The binary.
pub(crate) const IOC: &str = env!("CARGO_BIN_EXE_ioc");
/// The pack of these tests.
pub(crate) const PACK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pack");

/// The top of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A copy of the pack of these tests.
pub(crate) fn town() -> TempDir {
    town_of(Path::new(PACK))
}

/// A copy of any pack.
pub(crate) fn town_of(pack: &Path) -> TempDir {
    let town = tempfile::tempdir().unwrap();
    copy(pack, town.path());
    town
}

/// A folder and all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// `ioc` with these words, typed in a folder, with this on its standard input.
pub(crate) fn ioc(folder: &Path, words: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(IOC)
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let bytes = input.to_vec();
    // Beside, so that neither waits for the other; a command need not read what it is given.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// Exit code, standard output and standard error, one after the other.
pub(crate) fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let code = output.status.code().unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    format!("exit {code}\n{out}{err}")
}
