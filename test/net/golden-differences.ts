/**
 * The places where ours is meant to differ from node:net in the golden scripts: what node:net's trace has there, what ours
 * has, and why. docs/node-net.md tells of each.
 */
export const DIFFERENCES: Record<string, { why: string; changes: [RegExp, string][] }> = {
  'serving: listen, close, listen again': {
    why: 'an address needs no look-up: it listens at once, as node:net does when it is given no host',
    changes: [[/^server true false$/, 'server true true']],
  },
  'serving: close before listening is told': {
    why: 'as above',
    changes: [[/^server closed .*/, 'server closed ok']],
  },
}
