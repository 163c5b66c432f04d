// The palette of theme.css for eyes that see two of three colours, and for contrast: computed, not believed.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Rgb = [number, number, number];
const css = readFileSync(new URL('../theme.css', import.meta.url), 'utf8');

/** The variables of a theme; the light one is laid over the dark one. */
function palette(theme: 'dark' | 'light'): Map<string, Rgb> {
  const blocks = [/:root \{([^}]*)\}/.exec(css)?.[1] ?? '', theme === 'light' ? (/data-theme='light'\] \{([^}]*)\}/.exec(css)?.[1] ?? '') : ''];
  const found = new Map<string, Rgb>();
  for (const [, name, hex] of blocks.join('').matchAll(/--([\w-]+): #([0-9a-f]{6});/g))
    found.set(name ?? '', [0, 2, 4].map((i) => parseInt((hex ?? '').slice(i, i + 2), 16) / 255) as Rgb);
  return found;
}

const linear = (c: number): number => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const times = (m: readonly Rgb[], v: Rgb): Rgb => m.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]) as Rgb;

/** Viénot, Brettel and Mollon 1999, on linear RGB. */
const SEEN: Record<string, readonly Rgb[]> = {
  trichromat: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanope: [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
  deuteranope: [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
};

/** CIE L*a*b* (D65) of linear RGB. */
function lab(rgb: Rgb): Rgb {
  const xyz = times([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], rgb);
  const [x, y, z] = xyz.map((value, i) => value / ([0.9505, 1, 1.089][i] ?? 1)).map((t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116)) as Rgb;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map(linear) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const SEVERITIES = ['critical', 'high', 'medium', 'low'];

describe.each(['dark', 'light'] as const)('the %s theme', (theme) => {
  const colours = palette(theme);
  const of = (name: string): Rgb => {
    const colour = colours.get(name);
    if (colour === undefined) throw new Error(`theme.css has no --${name}`);
    return colour;
  };

  it.each(Object.keys(SEEN))('keeps the severities apart for a %s', (eye) => {
    const seen = SEVERITIES.map((name) => lab(times(SEEN[eye] ?? [], of(name).map(linear) as Rgb)));
    seen.forEach((a, i) =>
      seen.slice(i + 1).forEach((b, k) => {
        const difference = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
        // 2.3 is just noticed side by side; this much is told apart at a glance.
        expect(difference, `${SEVERITIES[i]} and ${SEVERITIES[i + 1 + k]}`).toBeGreaterThan(11);
      }),
    );
  });

  it('has text that can be read on everything it stands on (WCAG AA)', () => {
    for (const ground of ['ground', 'panel', 'panel-2', 'map-ground', 'map-cell', 'map-cell-2'])
      for (const text of ['text', 'text-2']) expect(contrast(of(text), of(ground)), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    for (const severity of SEVERITIES) expect(contrast(of('on-severity'), of(severity)), severity).toBeGreaterThanOrEqual(4.5);
    expect(contrast(of('on-banner'), of('banner'))).toBeGreaterThanOrEqual(4.5);
  });

  it('has marks that stand out from the ground, by their line where not by their fill', () => {
    for (const severity of SEVERITIES) {
      const outline = colours.get('badge-line') ?? of(severity);
      const best = theme === 'light' ? contrast(outline, of('panel')) : contrast(of(severity), of('panel'));
      expect(best, severity).toBeGreaterThanOrEqual(3);
    }
  });
});
