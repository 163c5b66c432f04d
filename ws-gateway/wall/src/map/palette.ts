// The map's colours, read from the theme's CSS variables so that canvas and panels cannot differ.

import type { Severity } from '../live/wire';

export interface Palette {
  ground: string;
  cell: string;
  cellAlternate: string;
  line: string;
  border: string;
  rim: string;
  asset: string;
  assetUnknown: string;
  hatch: string;
  text: string;
  textQuiet: string;
  halo: string;
  severity: Record<Severity, string>;
  onSeverity: string;
  badgeLine: string;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ground: read('map-ground'),
    cell: read('map-cell'),
    cellAlternate: read('map-cell-2'),
    line: read('map-line'),
    border: read('map-border'),
    rim: read('map-rim'),
    asset: read('map-asset'),
    assetUnknown: read('map-unknown'),
    hatch: read('hatch'),
    text: read('text'),
    textQuiet: read('text-2'),
    halo: read('map-halo'),
    severity: { critical: read('critical'), high: read('high'), medium: read('medium'), low: read('low') },
    onSeverity: read('on-severity'),
    badgeLine: read('badge-line'),
  };
}
