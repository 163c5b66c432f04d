//! What `ioc serve` cannot start with: exit code 3, and one line that names the value, the place and the remedy.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};
use ioc_engine::failpoint::Failpoints;
use ioc_engine::store::Store;
use tests::{Engine, PATIENCE, Pack, Ways};

use crate::IOC;

/// Where SQLite keeps the number of the format in the head of its file.
const USER_VERSION: std::ops::Range<usize> = 60..64;

/// One way to be refused.
struct Refused {
    data: PathBuf,
    http: String,
    mqtt: String,
    /// What the line must name.
    names: Vec<String>,
    remedy: &'static str,
}

#[tokio::test]
async fn what_is_in_the_way_of_a_start_is_named_with_its_remedy() -> Result<()> {
    let pack = Pack::rivers(1)?;
    let engine = Engine::start(IOC, &pack, Ways::Embedded).await?;
    let room = tempfile::tempdir()?;
    for refused in every_way(&engine, room.path())? {
        let (code, said) = serve(&engine, &refused).await?;
        assert_eq!(code, Some(3), "{said}");
        assert_eq!(said.lines().count(), 1, "one line is promised: {said}");
        assert!(said.starts_with("ioc: "), "{said}");
        for name in &refused.names {
            assert!(said.contains(name), "'{name}' is not in: {said}");
        }
        assert!(
            said.contains(refused.remedy),
            "'{}' is not in: {said}",
            refused.remedy
        );
    }
    let (status, _) = engine.get("/readyz").await?;
    assert_eq!(status, 200, "the engine that was there is not disturbed");
    Ok(())
}

fn every_way(engine: &Engine, room: &Path) -> Result<Vec<Refused>> {
    let usual = |data: PathBuf, names: Vec<String>, remedy| Refused {
        data,
        http: "127.0.0.1:0".to_owned(),
        mqtt: "127.0.0.1:0".to_owned(),
        names,
        remedy,
    };
    let shown = |path: &Path| path.display().to_string();
    let (http, mqtt) = (engine.http().to_string(), engine.mqtt().to_string());

    // Whoever runs this, nobody can make a folder inside a file.
    let file = room.join("file");
    fs::write(&file, "")?;
    let inside = file.join("data");
    let newer_store = room.join("newer-store");
    fs::create_dir(&newer_store)?;
    write_newer(&newer_store.join("ioc.db"))?;
    let newer_log = room.join("newer-log");
    fs::create_dir_all(newer_log.join("log"))?;
    let segment = newer_log.join("log").join(format!("{:020}.seg", 0));
    write_newer(&segment)?;

    let same_folder = "choose another with --data";
    let newer = "run that one, or choose another folder with --data";
    Ok(vec![
        Refused {
            http: http.clone(),
            ..usual(
                room.join("a"),
                vec![http, "in use".to_owned()],
                "choose another with --http",
            )
        },
        Refused {
            mqtt: mqtt.clone(),
            ..usual(
                room.join("b"),
                vec![mqtt, "in use".to_owned()],
                "choose another with sources.embedded.listen",
            )
        },
        usual(inside.clone(), vec![shown(&inside)], same_folder),
        usual(
            engine.data(),
            vec![shown(&engine.data()), "another ioc".to_owned()],
            "stop it, or choose another folder with --data",
        ),
        usual(
            newer_store.clone(),
            vec![shown(&newer_store), "newer version".to_owned()],
            newer,
        ),
        usual(
            newer_log,
            vec![shown(&segment), "newer version".to_owned()],
            newer,
        ),
    ])
}

/// A file as a later version of ioc would leave it.
fn write_newer(path: &Path) -> Result<()> {
    drop(Store::open(path, Failpoints::default().into())?);
    let mut bytes = fs::read(path)?;
    bytes
        .get_mut(USER_VERSION)
        .context("a file without a head")?
        .copy_from_slice(&99_u32.to_be_bytes());
    Ok(fs::write(path, bytes)?)
}

/// Starts the same city once more; returns how that ended and what was said.
async fn serve(engine: &Engine, refused: &Refused) -> Result<(Option<i32>, String)> {
    let process = tokio::process::Command::new(IOC)
        .arg("serve")
        .arg("--config")
        .arg(engine.config())
        .args(["--http", &refused.http, "--data"])
        .arg(&refused.data)
        .env("IOC_SOURCES__EMBEDDED__LISTEN", &refused.mqtt)
        .env("RUST_LOG", "off")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, process)
        .await
        .with_context(|| format!("it started where {:?} is in the way", refused.names))??;
    let said = String::from_utf8(output.stderr)?;
    Ok((output.status.code(), said))
}
