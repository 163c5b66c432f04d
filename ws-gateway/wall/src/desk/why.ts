// The tree of why an alert stands, as the API tells it. Owns reading it safely; at most so deep and so wide as a person reads.

export interface WhyNode {
  expr: string;
  value: string | number | boolean | null;
  unit: string | null;
  at: number | null;
  note: string | null;
  parts: WhyNode[];
}

const DEEPEST = 12;

export function readWhy(value: unknown, depth = 0): WhyNode | null {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return null;
  const node = value as Record<string, unknown>;
  if (typeof node['expr'] !== 'string') return null;
  const seen = node['value'];
  const parts = Array.isArray(node['parts']) ? node['parts'] : [];
  return {
    expr: node['expr'],
    value: typeof seen === 'string' || typeof seen === 'number' || typeof seen === 'boolean' ? seen : null,
    unit: typeof node['unit'] === 'string' ? node['unit'] : null,
    at: typeof node['at'] === 'number' ? node['at'] : null,
    note: typeof node['note'] === 'string' ? node['note'] : null,
    parts: parts.map((part) => readWhy(part, depth + 1)).filter((part): part is WhyNode => part !== null),
  };
}
