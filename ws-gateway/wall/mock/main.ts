// A stand-in for the engine while the wall is developed and for its browser tests alone. Speaks the live protocol over
// a made-up little province; proves nothing about the engine.

import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import type { ClientMessage } from '../src/live/wire';
import { answer } from './http';
import { Screen } from './screen';
import { World } from './world';

const STEP_MS = 250;
const port = Number(process.env['PORT'] ?? 8090);
const world = new World(Date.now());
const boot = { epoch: `mock-${Date.now().toString(36)}`, build: 'mock' };
const screens = new Set<Screen>();

const http = createServer((request, response) => answer(world, request, response));
const live = new WebSocketServer({ server: http, path: '/live', handleProtocols: () => 'ioc.v1' });

live.on('connection', (socket) => {
  const screen = new Screen(socket, world, boot);
  screens.add(screen);
  socket.on('message', (data) => screen.take(JSON.parse(String(data)) as ClientMessage, Date.now()));
  socket.on('close', () => screens.delete(screen));
});

setInterval(() => {
  world.tick(Date.now(), STEP_MS);
  for (const screen of screens) screen.flush(Date.now());
}, STEP_MS);
setInterval(() => {
  for (const screen of screens) screen.heartbeat(Date.now());
}, 1000);

http.listen(port, '127.0.0.1', () => console.log(`mock http://127.0.0.1:${port}/`));
