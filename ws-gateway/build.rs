//! The wall is embedded from `wall/dist`, which `make wall` fills. A build without it must still compile.

fn main() {
    if let Err(error) = std::fs::create_dir_all("wall/dist") {
        println!("cargo::error=cannot create wall/dist: {error}");
    }
    println!("cargo::rerun-if-changed=wall/dist");
}
