// Whose turn it is among the screens that share one display. An alert that nobody has acknowledged interrupts: the first
// screen of the rotation is where alerts are shown, and it stays until somebody does. Pure.

import { calls, RANK, type Alert } from '../store/alerts';

/** Less than this waits for its screen's turn. */
const INTERRUPTS = RANK.high;

/** The screen to go to now; null to stay. `due`: the present one has had its time. */
export function nextScreen(rotate: string[], current: string, due: boolean, alerts: Iterable<Alert>): string | null {
  const [first] = rotate;
  if (first === undefined) return null;
  for (const alert of alerts)
    if (calls(alert) && alert.ack === null && RANK[alert.severity] >= INTERRUPTS) return current === first ? null : first;
  if (!due) return null;
  const next = rotate[(rotate.indexOf(current) + 1) % rotate.length] ?? first;
  return next === current ? null : next;
}
