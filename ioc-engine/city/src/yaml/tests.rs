#![expect(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes its snapshots so"
)]

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use model::Diagnostic;

/// The tree with what the file has at every place: `[…]` is the file's own text.
fn outline(file: &str, node: &Node, depth: usize) -> String {
    let pad = "  ".repeat(depth);
    match &node.value {
        NodeValue::Scalar { text, .. } => {
            format!("{pad}{text:?} [{}]\n", &file[node.span.clone()])
        }
        NodeValue::Seq(items) => {
            let items: String = items.iter().map(|i| outline(file, i, depth + 1)).collect();
            format!("{pad}seq {:?}\n{items}", node.span)
        }
        NodeValue::Map(entries) => {
            let entries: String = entries
                .iter()
                .map(|(k, v)| outline(file, k, depth + 1) + &outline(file, v, depth + 2))
                .collect();
            format!("{pad}map {:?}\n{entries}", node.span)
        }
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "reads as check(input, expected)"
)]
fn check(file: &str, expected: Expect) {
    let said = match parse(0, file) {
        Ok(node) => outline(file, &node, 0),
        Err(problems) => problems.iter().map(|p| line(file, p)).collect(),
    };
    expected.assert_eq(&said);
}

fn line(file: &str, problem: &Diagnostic) -> String {
    let places: Vec<String> = problem
        .labels
        .iter()
        .map(|l| format!("{:?} [{}]", l.span, &file[l.span.clone()]))
        .collect();
    let help = problem
        .help
        .as_deref()
        .map_or(String::new(), |h| format!(" ({h})"));
    format!(
        "{} at {}: {}{help}\n",
        problem.code,
        places.join(", "),
        problem.message
    )
}

#[test]
fn places_are_bytes_in_vietnamese_text() {
    check(
        "# trạm thuỷ văn, báo động\ntên: Gia Bảy # cầu\nmức: {bđ1: 25, 'bđ 2': \"26 mét\"}\nở:\n  - Thái Nguyên   # tỉnh\n  - |\n    sông Cầu\n    sông Công\n  - [à, b]\nhết: x\n",
        expect![[r#"
            map 35..189
              "tên" [tên]
                "Gia Bảy" [Gia Bảy]
              "mức" [mức]
                map 66..96
                  "bđ1" [bđ1]
                    "25" [25]
                  "bđ 2" ['bđ 2']
                    "26 mét" ["26 mét"]
              "ở" [ở]
                seq 104..180
                  "Thái Nguyên" [Thái Nguyên]
                  "sông Cầu\nsông Công\n" [sông Cầu
                sông Công]
                  seq 173..180
                    "à" [à]
                    "b" [b]
              "hết" [hết]
                "x" [x]
        "#]],
    );
}

#[test]
fn line_ends_of_windows_keep_places() {
    check(
        "tên: Gia Bảy\r\nmức:\r\n  - một\r\n  - hai\r\n",
        expect![[r#"
            map 0..43
              "tên" [tên]
                "Gia Bảy" [Gia Bảy]
              "mức" [mức]
                seq 27..43
                  "một" [một]
                  "hai" [hai]
        "#]],
    );
}

#[test]
fn what_expressions_bring_into_yaml_is_told_with_its_remedy() {
    check(
        "when: !silent('10m')\n",
        expect![[r#"
        yaml-tag at 6..20 [!silent('10m')]: the tag '!silent('10m')' is not used in packs (a text that begins with '!' stands in quotes: "!silent('10m')")
    "#]],
    );
    check(
        "when: pump ? a : b\n",
        expect![[r#"
        yaml-syntax at 15..16 [:]: mapping values are not allowed in this context (a text with a colon and a blank in it stands in quotes: when: "pump ? a : b")
    "#]],
    );
    check(
        "{when: rate('30m') > unit(0.3, 'm')}\n",
        expect![[r#"
        yaml-syntax at 34..35 [)]: the text goes on after its closing quote (inside { } and [ ] a comma ends a text; one with a comma or quotes of its own stands in quotes: {when: "h > unit(1.0, 'm')"})
    "#]],
    );
}

#[test]
fn what_a_pack_does_not_need_is_refused() {
    check(
        "a: &x [1, 2]\nb: *x\nc: !!str 5\n",
        expect![[r#"
        yaml-alias at 16..18 [*x]: an alias (*name) is not used in packs (write the value out here)
        yaml-tag at 22..29 [!!str 5]: the tag 'tag:yaml.org,2002:!str' is not used in packs (leave the tag out; the catalog and the schema say what type a value has)
    "#]],
    );
    check(
        "a: 1\nb: 2\na: 3\n",
        expect![[r#"
        yaml-duplicate-key at 10..11 [a], 0..1 [a]: the key 'a' stands here twice
    "#]],
    );
    check(
        "a: 1\n---\nb: 2\n",
        expect![[r#"
        yaml-documents at 5..8 [---]: a second document in one file (put it into a file of its own)
    "#]],
    );
    check(
        "a: [1, 2\nb: }\n",
        expect![[r#"
            yaml-syntax at 10..11 [:]: illegal placement of ':' indicator
        "#]],
    );
    check(
        "{[1, 2]: x}",
        expect![[r#"
        yaml-key at 1..7 [[1, 2]]: a list or map cannot be a key
    "#]],
    );
    check(
        "summary: {{asset.name}}",
        expect![[r#"
        yaml-key at 10..22 [{asset.name}]: a list or map cannot be a key (put a text with {{…}} in it between quotes: "{{height}}")
    "#]],
    );
    check(
        &"[".repeat(100),
        expect![[r#"
        yaml-depth at 64..65 [[]: lists and maps nest deeper than 64
    "#]],
    );
    check(
        "",
        expect![[r#"
        "" []
    "#]],
    );
}

#[test]
fn a_long_line_costs_its_length() {
    let file = format!("[{}]", "à, ".repeat(200_000));
    let root = parse(0, &file).unwrap();
    let last = root.as_seq().unwrap().last().unwrap();
    assert_eq!(&file[last.span.clone()], "à");
    assert_eq!(last.span.end, file.len() - 3);
}

#[test]
fn a_part_of_a_scalar_is_found_in_the_file() {
    let file =
        "a: cao > 1\nb: \"x == \\\"đỏ\\\" && y\"\nc: >-\n  cao > 1\n  && y < 2\nd: 'it''s y'\n";
    let root = parse(0, file).unwrap();
    let found = |key: &str, part: &str| {
        let node = root.get(key).unwrap();
        let text = node.as_str().unwrap();
        let at = text.find(part).unwrap();
        file[node.locate(file, at..at + part.len())].to_owned()
    };
    assert_eq!(found("a", "> 1"), "> 1");
    assert_eq!(found("b", "&& y"), "&& y");
    assert_eq!(found("b", "đỏ"), "đỏ");
    assert_eq!(found("c", "y < 2"), "y < 2");
    assert_eq!(found("c", "1 && y"), "1\n  && y");
    assert_eq!(found("d", "s y"), "s y");
    let after_all = root.get("b").unwrap().locate(file, 100..100);
    assert!(file[..after_all.start].ends_with("&& y") && after_all.is_empty());
}

#[test]
fn readers_say_what_was_wanted() {
    let file = "nmae: x\nevery: 5\non: maybe\nlo: .inf\nhi: 1e3\ntitle: {vi: Tên}\nlist: {a: 1}\nlevel: hihg\n";
    let root = parse(0, file).unwrap();
    let mut reader = Reader::new(0);
    let keys = ["name", "every", "on", "lo", "hi", "title", "list", "level"];
    let fields = reader.fields(&root, "a thing", &keys).unwrap();
    reader.required(fields, "name", "a thing");
    reader.span(fields.get("every").unwrap(), "every");
    reader.boolean(fields.get("on").unwrap(), "on");
    reader.number(fields.get("lo").unwrap(), "lo");
    assert_eq!(reader.number(fields.get("hi").unwrap(), "hi"), Some(1000.0));
    reader.localized(fields.get("title").unwrap(), "a title");
    reader.items(fields.get("list").unwrap(), "list");
    reader.word(fields.get("level").unwrap(), "a level", &["low", "high"]);
    let said: String = reader.diagnostics.iter().map(|d| line(file, d)).collect();
    expect![[r#"
        yaml-unknown-key at 0..4 [nmae]: a thing has no key 'nmae' (did you mean 'name'?)
        yaml-duration at 15..16 [5]: every: '5' is not a length of time; write whole numbers with ms, s, m, h, d or w, like 90s, 2m or 1h30m
        yaml-type at 21..26 [maybe]: on is true or false; here is 'maybe'
        yaml-type at 31..35 [.inf]: lo is a number; here is '.inf'
        yaml-missing-key at 52..54 [vi]: a title needs 'en'
        yaml-type at 69..70 [a]: list is a list; here is a map
        yaml-word at 82..86 [hihg]: 'hihg' is not a level (did you mean 'high'?)
    "#]].assert_eq(&said);
}

#[test]
fn json_is_typed_as_yaml_types_it() {
    let root = parse(
        0,
        "{a: 1, b: 1.5, c: yes, d: true, e: ~, f: '1', g: [x, -2], h: 007}",
    )
    .unwrap();
    expect![[r#"{"a":1,"b":1.5,"c":"yes","d":true,"e":null,"f":"1","g":["x",-2],"h":7}"#]]
        .assert_eq(&root.to_json().to_string());
}

proptest! {
    /// Words of any script, comments between: the file has at each plain scalar's place the scalar itself.
    #[test]
    fn every_plain_scalar_stands_where_it_says(
        words in prop::collection::vec("[a-zđơưàảãáạ]{1,6}", 1..8),
        comment in "[ a-zđơưỹ水🌊]{0,12}",
        indent in 1usize..4,
    ) {
        let pad = " ".repeat(indent);
        let mut file = String::from("gốc: #");
        file.push_str(&comment);
        for (i, word) in words.iter().enumerate() {
            write!(file, "\n{pad}{word}{i}: # {comment}\n{pad} - {word} # {comment}\n{pad} - '{word}'").unwrap();
        }
        let root = parse(0, &file).unwrap();
        let entries = root.get("gốc").unwrap().as_map().unwrap();
        prop_assert_eq!(entries.len(), words.len());
        for (key, value) in entries {
            prop_assert_eq!(&file[key.span.clone()], key.as_str().unwrap());
            let items = value.as_seq().unwrap();
            prop_assert_eq!(&file[items[0].span.clone()], items[0].as_str().unwrap());
            let quoted = format!("'{}'", items[1].as_str().unwrap());
            prop_assert_eq!(&file[items[1].span.clone()], &quoted);
        }
    }

    /// Whatever an author types, there is an answer and its places are places.
    #[test]
    fn no_text_makes_the_parser_panic(file in "[-:{}\\[\\]&*!|>'\"%#?, \\n\\ta-cđ\\u{feff}]{0,60}") {
        let spans = match parse(0, &file) {
            Ok(node) => vec![node.span],
            Err(problems) => problems.into_iter().flat_map(|p| p.labels).map(|l| l.span).collect(),
        };
        for span in spans {
            prop_assert!(file.get(span.clone()).is_some(), "{:?} of {:?}", span, file);
        }
    }
}
