// Starts one engine for all tests of behaviour that the mock passes too, and ends it. Tests that kill an engine have their own.

import { Engine, ENGINE_BIN } from './engine';

export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (ENGINE_BIN === undefined || process.env['IOC_URL'] !== undefined) return undefined;
  const engine = await Engine.start(ENGINE_BIN);
  engine.populate(8);
  process.env['IOC_URL'] = engine.url;
  process.env['IOC_TOKEN'] = engine.token;
  return () => engine.destroy();
}
