// The rules that `npm run layers` holds the compiled sources to (dependency-cruiser). Types are erased there, so the rules
// are about values: a type may look up to its user.

// From the bottom to the top. A room may import from the rooms above it in this list, and from its own.
const FLOORS = [
  ['base'],
  ['wire'],
  ['ip'],
  ['tcp'],
  ['host'],
  ['link'],
  ['trace'],
  ['view'],
  ['live'],
  ['sim', 'net', 'posix'],
  ['faults', 'packetdrill'],
  ['pool'],
  ['proxy'],
  ['lab', 'testing', 'examine'],
  ['cli'],
  ['register', 'site'],
]

// These rooms run in a browser too.
const WITHOUT_NODE = [
  'base',
  'wire',
  'ip',
  'tcp',
  'host',
  'sim',
  'posix',
  'packetdrill',
  'view',
  'examine',
  'site',
]

const inside = rooms => `^dist/src/(${rooms.join('|')})/`

const upwards = FLOORS.slice(0, -1).map((rooms, floor) => ({
  name: `${rooms.join('-')}-imports-downwards`,
  comment: 'A lower room must not depend on a higher one.',
  severity: 'error',
  from: { path: inside(rooms) },
  to: { path: `${inside(FLOORS.slice(floor + 1).flat())}|^dist/src/index` },
}))

module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Two modules that need one another at start-up are one module, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...upwards,
    {
      name: 'tcp-data-does-not-act',
      comment:
        'The control block and its parts are data: what acts on them stands in recovery, send and the chapters on top.',
      severity: 'error',
      from: { path: '^dist/src/tcp/(block|queues|flight|congestion)/' },
      to: {
        path: '^dist/src/tcp/((recovery|send)/|(?!state[.])[^/]+[.]js$)',
        pathNot: '^dist/src/tcp/(recovery/(prr|resent-ranges)|send/(initial|silly)-window)[.]js$',
      },
    },
    {
      name: 'core-without-node',
      comment: 'The core reads no clock, opens no device and runs in a browser.',
      severity: 'error',
      from: { path: inside(WITHOUT_NODE) },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'entries-without-node',
      comment:
        'These modules are bundled for browsers, as entry points or for a page: nothing that they reach may need Node.',
      severity: 'error',
      from: {
        path: '^dist/src/(core|sim/sim|posix/posix|packetdrill/packetdrill|examine/examine|lab/(run-virtual|report|labs/all|explain/explain-text))[.]js$',
      },
      to: { path: '^(node:|[a-z_/]+$)', reachable: true },
    },
    {
      name: 'site-without-node',
      comment: 'The playground runs in a browser: nothing that it reaches may need Node.',
      severity: 'error',
      from: { path: inside(['site']) },
      to: { path: '^(node:|[a-z_/]+$)', reachable: true },
    },
    {
      name: 'proxy-without-device',
      comment:
        'The proxy runs on any system, without root, and where nothing was compiled: it reaches no device.',
      severity: 'error',
      from: { path: inside(['proxy']) },
      to: {
        path: '^dist/src/link/(tun|tun-link|tun-native|host-networks|rtnetlink|collision)[.]js$',
        reachable: true,
      },
    },
    {
      name: 'every-room-has-a-floor',
      comment: 'A new room is added to the list of floors in scripts/layers.cjs.',
      severity: 'error',
      from: {},
      to: { path: '^dist/src/[^/]+/', pathNot: inside(FLOORS.flat()) },
    },
  ],
  options: { doNotFollow: { path: 'node_modules' }, exclude: { path: '^node_modules' } },
}
