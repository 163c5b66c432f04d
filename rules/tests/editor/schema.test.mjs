// The schema that `ioc rules schema` prints, in the language server that editors run. IOC_BIN is the built `ioc`.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { start } from "./client.mjs";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const IOC = process.env.IOC_BIN ?? join(ROOT, "target/debug/ioc");
const CITY = join(ROOT, "cities/thai-nguyen");

let editor;
let tester;
let folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "ioc-schema-"));
  const server = async (name, options) => {
    const schema = join(folder, name);
    writeFileSync(schema, execFileSync(IOC, ["rules", "schema", "--city", CITY, ...options]));
    return start(pathToFileURL(schema).href);
  };
  editor = await server("rules.schema.json", []);
  tester = await server("tests.schema.json", ["--tests"]);
});

after(async () => {
  await editor.stop();
  await tester.stop();
  rmSync(folder, { recursive: true });
});

const rule = (lines) => `version: 1
group: flood
rules:
  - alert: RiverHigh
    on: env/river
${lines.map((line) => `    ${line}\n`).join("")}`;
const SOUND = ["when: height >= asset.bd1", "severity: high"];

test("a sound rule has no problem", async () => {
  assert.deepEqual(await editor.problems(rule(SOUND)), []);
});

test("every rule file of the city is sound", async () => {
  const files = readdirSync(join(CITY, "rules")).filter((name) => !name.endsWith(".test.yaml"));
  assert.ok(files.length > 3);
  for (const name of files) {
    const text = readFileSync(join(CITY, "rules", name), "utf8").replaceAll("|", "¦");
    assert.deepEqual(await editor.problems(text), [], name);
  }
});

test("a wrong key and a wrong severity are underlined", async () => {
  assert.deepEqual(await editor.problems(rule([...SOUND, "keep_firing_fr: 10m"])), [
    "8: Property keep_firing_fr is not allowed.",
  ]);
  const [problem, ...others] = await editor.problems(rule([SOUND[0], "severity: hihg"]));
  assert.match(problem, /^7: Value is not accepted. Valid values: "low", "medium", "high", "critical"/);
  assert.deepEqual(others, []);
});

test("what does not go together is underlined", async () => {
  const [problem] = await editor.problems(rule(["levels:", "  - {severity: high, when: pump}", "severity: high"]));
  assert.match(problem, /^8: Property severity is not allowed/);
  const [length] = await editor.problems(rule([...SOUND, "for: 5 minutes"]));
  assert.match(length, /^8: a length of time/);
});

test("keys of a rule are offered, and those of a level", async () => {
  const keys = await editor.offered(rule([...SOUND, "|"]));
  for (const key of ["for", "keep_firing_for", "inhibited_by", "guidance"]) assert.ok(keys.includes(key), `${key}: ${keys}`);
  assert.ok(!keys.includes("severity"), "is there already");
  assert.ok((await editor.offered(rule(["levels:", "  - severity: high", "    |"]))).includes("clear"));
});

test("words of the city and of the language are offered", async () => {
  assert.deepEqual((await editor.offered(rule([SOUND[0], "severity: |"]))).sort(), ["critical", "high", "low", "medium"]);
  assert.ok((await editor.offered(rule([...SOUND, "during: |"]))).includes("office_hours"));
  assert.ok((await editor.offered(rule([...SOUND, "inhibited_by:", "  - rule: |"]))).includes("trans/RingSplit"));
  const kinds = await editor.offered("version: 1\ngroup: flood\nrules:\n  - alert: A\n    on: |");
  assert.ok(kinds.includes("env/river"), `${kinds}`);
  const dimensions = await editor.offered(rule(["by: [|]"]));
  assert.ok(dimensions.includes("district"), `${dimensions}`);
});

test("a key says what it is for", async () => {
  assert.match(await editor.hover(rule([...SOUND, "keep_fir|ing_for: 10m"])), /must be clear before it resolves/);
});

const calm = (lines) => `version: 1
tests:
  - name: a short peak is no alert
    rules: RiverHigh
    every: 1m
${lines.map((line) => `    ${line}\n`).join("")}`;
const TIMELINE = "timeline: {wl-gia-bay: {height: 24.0 25.4 24.9x3}}";

test("every test file of the city is sound", async () => {
  const files = readdirSync(join(CITY, "rules")).filter((name) => name.endsWith(".test.yaml"));
  assert.ok(files.length > 3);
  for (const name of files) {
    const text = readFileSync(join(CITY, "rules", name), "utf8").replaceAll("|", "¦");
    assert.deepEqual(await tester.problems(text), [], name);
  }
});

test("a line that is none is underlined in a test, with one that is", async () => {
  assert.deepEqual(await tester.problems(calm([TIMELINE, "expect: []"])), []);
  const [line] = await tester.problems(calm([TIMELINE, "expect:", "  - 3m RiverHigh wl-gia-bay fires high"]));
  assert.match(line, /^8: 12m RiverHigh wl-gia-bay firing high/);
  const [field] = await tester.problems(calm(["timeline: {wl-gia-bay: {hight: 24.0}}", "expect: []"]));
  assert.match(field, /^6: Property hight is not allowed/);
});

test("keys, fields, kinds and columns are offered in a test", async () => {
  const keys = await tester.offered(calm([TIMELINE, "|"]));
  for (const key of ["expect", "events", "assets", "start"]) assert.ok(keys.includes(key), `${key}: ${keys}`);
  assert.ok((await tester.offered(calm(["timeline:", "  wl-gia-bay:", "    |"]))).includes("height"));
  assert.ok((await tester.offered(calm(["assets:", "  - id: wl-1", "    kind: |"]))).includes("env/river"));
  assert.ok((await tester.offered(calm(["assets:", "  - id: wl-1", "    kind: env/river", "    |"]))).includes("bd1"));
  assert.match(await tester.hover(calm(["ev|ents: []"])), /source down/);
});
