// The wall's entry: token, city, link, screen.

import '@fontsource-variable/inter/wght.css';
import './theme.css';
import { mount } from 'svelte';
import Root from './chrome/Root.svelte';
import { App } from './chrome/app.svelte';
import { readAddress } from './chrome/address';
import { reloadOnce } from './chrome/build';
import { leastFontPx, WALL_SEAT } from './chrome/sizing';
import { takeToken } from './chrome/token';
import { say } from './chrome/words';
import { retryDelay } from './live/backoff';
import { loadCity, Unanswered, type City } from './store/city';
import { Wall } from './wall';

const target = document.getElementById('wall');
if (target === null) throw new Error('index.html has no #wall');
const { lang } = readAddress(location.search);
document.documentElement.lang = lang;
const token = takeToken();
const starting = document.createElement('p');
starting.className = 'starting';
starting.setAttribute('role', 'status');
starting.textContent = say(lang, 'connecting');
target.append(starting);
document.documentElement.style.fontSize = `${leastFontPx(WALL_SEAT, innerWidth)}px`;

const city = await untilLoaded();
const wall = new Wall(liveUrl(), { token, lang }, reloadOnce, token, city);
starting.remove();
mount(Root, { target, props: { app: new App(wall, city) } });
wall.start();

/** A kiosk may start before the server does: it waits. */
async function untilLoaded(): Promise<City> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await loadCity(token);
    } catch (error) {
      console.warn('city not loaded, trying again', error);
      const denied = error instanceof Unanswered && (error.status === 401 || error.status === 403);
      starting.textContent = denied ? say(lang, 'refused', say(lang, 'tokenRefused')) : say(lang, 'connecting');
      await new Promise((resolve) => setTimeout(resolve, retryDelay(attempt, Math.random())));
    }
  }
}

function liveUrl(): string {
  const url = new URL('live', document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = '';
  return url.href;
}
