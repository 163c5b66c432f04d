// The language server of YAML over stdio, as an editor talks to it: JSON-RPC with length headers.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(new URL("node_modules/yaml-language-server/bin/yaml-language-server", import.meta.url));

/** Starts a server that knows one schema, for every file. */
export async function start(schemaUrl) {
  const server = spawn(process.execPath, [SERVER, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map();
  const published = new Map();
  let read = Buffer.alloc(0);
  let nextId = 1;

  const send = (message) => {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    server.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    server.stdin.write(body);
  };
  const settings = { yaml: { schemas: { [schemaUrl]: "*" }, completion: true, hover: true, validate: true } };
  const take = (message) => {
    if (message.method === "workspace/configuration") {
      const result = message.params.items.map((item) => settings[item.section] ?? null);
      send({ id: message.id, result });
    } else if (message.method === "textDocument/publishDiagnostics") {
      published.get(message.params.uri)?.(message.params.diagnostics);
    } else if (message.method !== undefined && message.id !== undefined) {
      send({ id: message.id, result: null });
    } else if (message.id !== undefined) {
      const { resolve, reject } = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) reject(new Error(message.error.message));
      else resolve(message.result);
    }
  };
  server.stdout.on("data", (chunk) => {
    read = Buffer.concat([read, chunk]);
    for (;;) {
      const end = read.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(read.subarray(0, end).toString())[1]);
      if (read.length < end + 4 + length) return;
      const body = read.subarray(end + 4, end + 4 + length).toString();
      read = read.subarray(end + 4 + length);
      take(JSON.parse(body));
    }
  });
  const request = (method, params) =>
    new Promise((resolve, reject) => {
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      send({ id, method, params });
    });

  await request("initialize", {
    processId: process.pid,
    rootUri: null,
    capabilities: {
      textDocument: { completion: { completionItem: { snippetSupport: true } }, hover: {} },
      workspace: { configuration: true, didChangeConfiguration: {} },
    },
  });
  send({ method: "initialized", params: {} });
  send({ method: "workspace/didChangeConfiguration", params: { settings } });

  let documents = 0;
  /** Opens a file; `|` in its text is where the cursor stands. */
  const open = async (marked) => {
    const at = marked.indexOf("|");
    const text = at < 0 ? marked : marked.slice(0, at) + marked.slice(at + 1);
    const before = marked.slice(0, Math.max(at, 0)).split("\n");
    const uri = `file:///rules/${documents++}.yaml`;
    const diagnostics = new Promise((resolve) => published.set(uri, resolve));
    const textDocument = { uri, languageId: "yaml", version: 1, text };
    send({ method: "textDocument/didOpen", params: { textDocument } });
    const position = { line: before.length - 1, character: before.at(-1).length };
    return { problems: await diagnostics, where: { textDocument: { uri }, position } };
  };
  return {
    /** What is wrong with a text: line and message. */
    async problems(text) {
      const { problems } = await open(text);
      return problems.map((problem) => `${problem.range.start.line + 1}: ${problem.message}`);
    },
    /** What is offered at the cursor. */
    async offered(text) {
      const { where } = await open(text);
      const found = await request("textDocument/completion", where);
      return (found.items ?? found).map((item) => item.label);
    },
    /** What is shown over the word at the cursor. */
    async hover(text) {
      const { where } = await open(text);
      const found = await request("textDocument/hover", where);
      return found?.contents.value ?? "";
    },
    async stop() {
      await request("shutdown", null);
      send({ method: "exit" });
      await new Promise((resolve) => server.once("exit", resolve));
    },
  };
}
