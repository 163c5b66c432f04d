//! How built files are served, on a wall of two files.

use super::*;

#[derive(RustEmbed)]
#[folder = "src/http/wall/fixture"]
struct Fixture;

#[derive(RustEmbed)]
#[folder = "src/http/wall/other"]
struct Other;

fn get(path: &str, if_none_match: Option<&str>) -> Option<Response> {
    let mut headers = HeaderMap::new();
    if let Some(tags) = if_none_match {
        headers.insert(IF_NONE_MATCH, tags.parse().unwrap());
    }
    page::<Fixture>(path, &headers)
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers()[name].to_str().unwrap()
}

#[test]
fn the_page_is_asked_for_again_each_time_and_what_is_named_after_its_content_never() {
    let page = get("index.html", None).unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(header(&page, "cache-control"), "no-cache");
    assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
    let script = get("assets/index-AbCd1234.js", None).unwrap();
    assert_eq!(
        header(&script, "cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        header(&script, "content-type"),
        "text/javascript; charset=utf-8"
    );
}

#[test]
fn who_has_a_file_is_not_sent_it_again() {
    let etag = header(&get("index.html", None).unwrap(), "etag").to_owned();
    for tags in [
        etag.clone(),
        format!("W/{etag}"),
        format!("\"other\", {etag}"),
        "*".to_owned(),
    ] {
        let answer = get("index.html", Some(&tags)).unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{tags}");
        assert_eq!(header(&answer, "etag"), etag, "a proxy keeps it for later");
        assert_eq!(header(&answer, "cache-control"), "no-cache");
    }
    let other = get("index.html", Some("\"other\"")).unwrap();
    assert_eq!(other.status(), StatusCode::OK);
}

#[test]
fn a_page_runs_nothing_from_elsewhere() {
    let page = get("index.html", None).unwrap();
    let policy = header(&page, "content-security-policy");
    assert!(policy.starts_with("default-src 'self';"), "{policy}");
    assert!(
        !policy.contains("script-src") && !policy.contains("http"),
        "scripts are the server's own: {policy}"
    );
    assert!(policy.contains("object-src 'none'") && policy.contains("base-uri 'none'"));
}

#[test]
fn nothing_but_the_wall_s_files_can_be_reached() {
    for path in [
        "",
        "assets",
        "assets/",
        "../mod.rs",
        "assets/../../mod.rs",
        "/etc/passwd",
        "assets/..%2f..%2fmod.rs",
        "index.html/",
        "INDEX.HTML",
        "assets/index-Gone5678.js",
    ] {
        assert!(get(path, None).is_none(), "{path}");
    }
}

#[test]
fn another_wall_is_another_build_and_the_same_wall_is_not() {
    assert_eq!(build_of::<Fixture>("1.0"), build_of::<Fixture>("1.0"));
    assert_ne!(build_of::<Fixture>("1.0"), build_of::<Other>("1.0"));
    assert_ne!(build_of::<Fixture>("1.0"), build_of::<Fixture>("1.1"));
    let print = print_of::<Fixture>();
    assert_eq!(build_of::<Fixture>("1.0"), format!("1.0+{print}"));
}
