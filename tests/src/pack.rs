//! A small city pack on disk, written by the scenario that needs it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

/// A pack in a folder that goes away with it.
pub struct Pack {
    dir: TempDir,
}

const CITY: &str = "\
version: 1
id: test
name: {vi: Thành phố thử, en: Test city}
time_zone: Asia/Ho_Chi_Minh
centre: [21.59, 105.84]
zoom: 10
default_lang: vi
";

const AREAS: &str = "\
code,parent,level,name_vi,name_en,lat,lon
19,,province,Thái Nguyên,Thai Nguyen,21.69,105.86
164,19,district,Thành phố Thái Nguyên,Thai Nguyen City,21.55,105.82
05443,164,commune,Phường Phan Đình Phùng,Phan Dinh Phung,21.59,105.84
";

const RIVER: &str = "\
version: 1
kinds:
  river:
    title: {vi: Mực nước sông, en: River level}
    report_every: 5m
    stale_after: 15m
    auto_register: false
    columns:
      bd1: {type: number, unit: m}
    fields:
      height: {type: number, unit: m, range: [0, 40], headline: true, title: {vi: Mực nước, en: Height}}
";

const RULES: &str = "\
version: 1
group: flood
rules:
  - alert: RiverHigh
    on: env/river
    when: height >= 26.0
    clear: height < 25.8
    severity: high
    summary: {vi: \"{{asset.name}}: {{height}} m\", en: \"{{asset.name}}: {{height}} m\"}
    guidance: {vi: Gọi trực ban phòng chống lụt bão., en: Call the flood watch.}
";

impl Pack {
    /// A city with one commune, `gauges` river gauges named `wl-0`, `wl-1`, … and one rule: 26 m and above is high.
    pub fn rivers(gauges: usize) -> Result<Self> {
        let pack = Self {
            dir: TempDir::new()?,
        };
        pack.write("city.yaml", CITY)?;
        pack.write("areas.csv", AREAS)?;
        pack.write("catalog/env.yaml", RIVER)?;
        pack.write("rules/flood.yaml", RULES)?;
        let rows =
            (0..gauges).map(|n| format!("wl-{n},Trạm {n},05443,21.59,105.84,in_service,,25\n"));
        let assets = format!(
            "id,name,area,lat,lon,lifecycle,uplink,bd1\n{}",
            rows.collect::<String>()
        );
        pack.write("assets/env-river.csv", &assets)?;
        Ok(pack)
    }

    /// With one more file, or another text for one it has.
    pub fn with(self, name: &str, text: &str) -> Result<Self> {
        self.write(name, text)?;
        Ok(self)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.dir.path().join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        Ok(path)
    }
}
