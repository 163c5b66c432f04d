// A WebSocket client that is not ours: the npm package `ws`, and docs/live-protocol.md to go by.
// Prints every alert it is told of, one JSON object a line. usage: node watch.mjs HOST:PORT TOKEN
import { createRequire } from "node:module";

const require = createRequire(new URL("../../ws-gateway/wall/package.json", import.meta.url));
const { WebSocket } = require("ws");

const [address, token] = process.argv.slice(2);
const socket = new WebSocket(`ws://${address}/live`, "ioc.v1");
const say = (message) => socket.send(JSON.stringify(message));

socket.on("open", () => say({ op: "hello", token, lang: "en" }));
socket.on("message", (text) => {
  const frame = JSON.parse(text);
  if (frame.op === "welcome") say({ op: "subscribe", sub: 1, topic: "alerts", filter: { min_severity: "high" } });
  if (frame.op === "alerts") console.log(JSON.stringify({ ready: true, open: frame.alerts.length }));
  if (frame.op === "alert") console.log(JSON.stringify(frame.alert));
  if (frame.op === "error") throw new Error(frame.message);
});
socket.on("close", (code, reason) => console.error(`closed: ${code} ${reason}`));
