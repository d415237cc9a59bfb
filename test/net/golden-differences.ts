/**
 * Where ours is meant to be different from node:net in the golden scripts: what node:net's trace has there, what ours
 * has, and why. docs/node-net.md tells of each.
 */
export const DIFFERENCES: Record<string, { why: string; changes: [RegExp, string][] }> = {
  'ending: writes after the peer has closed: EPIPE': {
    why: 'a reset after the peer’s end is told at once; the kernel’s waits for the next write to find it',
    changes: [[/^C\.written.*/, '']],
  },
  'serving: listen, close, listen again': {
    why: 'an address needs no look-up: it listens at once, as node:net does when it is given no host',
    changes: [[/^server true false$/, 'server true true']],
  },
  'serving: close before listening is told': {
    why: 'as above',
    changes: [[/^server closed .*/, 'server closed ok']],
  },
}
