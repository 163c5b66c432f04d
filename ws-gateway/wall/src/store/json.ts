// Reading documents of the API safely: what is not of the form wanted is as good as absent. Pure.

import type { Localized } from '../live/wire';

export type Json = Record<string, unknown>;

/** A bare list, or one under its name. */
export function list(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value;
  const inner = record(value)[name];
  return Array.isArray(inner) ? inner : [];
}

export function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** Both languages; one text counts for both. */
export function localized(value: unknown, fallback: string): Localized {
  const both = record(value);
  const vi = text(both['vi']) ?? text(value) ?? fallback;
  return { vi, en: text(both['en']) ?? vi };
}
