// When to try again after a lost link: doubling with full jitter, so that a wall of screens does not come back as one.

const FIRST_MS = 500;
const CEILING_MS = 15_000;

/** Milliseconds to wait before attempt number `attempt` (from 0); `random` is in 0..1. Never under 100 ms. */
export function retryDelay(attempt: number, random: number): number {
  const ceiling = Math.min(CEILING_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return 100 + Math.round(ceiling * random);
}
