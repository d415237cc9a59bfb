import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { LIBRARIES } from '../libraries/libraries.ts'
import { established, familySays, programPath, runRegistered } from './child.ts'

test.serial('CommonJS: what require gives is on the stack', async t => {
  const { code, output, errors } = await runRegistered([programPath('echo.cjs')], { TUNTCP_LOG: 'info' })
  t.is(output, 'echo true\n', errors)
  t.is(code, 0)
  t.is(established(errors), 2)
})

const WEB = `http 0
http 0
fetch true
undici true
https 250000
tls true true
http2 true
express you from 127.0.0.1
ws hello to you
`

test.serial(
  'ES modules: http, https, http2, TLS, fetch, undici, express and ws, as their manuals have them',
  async t => {
    const { code, output, errors } = await runRegistered([programPath('web.js')], { TUNTCP_LOG: 'info' })
    t.is(output, WEB, errors)
    t.is(code, 0)
    t.true(established(errors) >= 16)
  },
)

test.serial('the same at 3 % loss, reordered, 10 ms one way and 50 Mbit/s', async t => {
  const { code, output, errors } = await runRegistered([programPath('web.js')], {
    TUNTCP_FAULTS: 'loss=3%, delay=10ms, jitter=2ms, reorder=1%, rate=50mbit',
    TUNTCP_TCP: 'minRto=200',
    TUNTCP_SEED: 'web',
  })
  t.is(output, WEB, errors)
  t.is(code, 0)
})

for (const library of LIBRARIES)
  test.serial(`${library}: servers that listen, sockets that connect`, async t => {
    // On these ports nobody but root may listen, and on the same ones in all of the tests only one.
    const { code, output, errors } = await runRegistered([programPath('library.js'), library])
    t.is(output, 'done\n', errors)
    t.is(code, 0)
  })

for (const [what, alive] of Object.entries({
  server: true,
  reading: true,
  paused: true,
  unref: false,
  nothing: false,
}))
  test.serial(`a process with ${what} ${alive ? 'stays' : 'ends'}`, async t => {
    const { code, output, errors } = await runRegistered([programPath('alive.js'), what])
    t.is(output, alive ? 'alive\n' : '', errors)
    t.is(code, 0)
  })

for (const what of ['net', 'tls'])
  test.serial(`a socket without a ref keeps nothing, also when its name was looked up: ${what}`, async t => {
    const { code, output, errors } = await runRegistered([programPath('unreferenced.js'), what])
    t.is(output, 'ends\n', errors)
    t.is(code, 0)
  })

test.serial('threads and children reach the servers of the program, and it theirs', async t => {
  const { code, output, errors } = await runRegistered([programPath('family.js')])
  t.is(output, familySays('127.0.0.1'), errors)
  t.is(code, 0)
})

test.serial('threads and children reach the servers of the program over IPv6, and it theirs', async t => {
  const { code, output, errors } = await runRegistered([programPath('family.js')], { HOST: '::1' })
  t.is(output, familySays('::1'), errors)
  t.is(code, 0)
})

test.serial(
  'threads and children that end have their connections ended, and what they wrote arrives',
  async t => {
    const { code, output, errors } = await runRegistered([programPath('departs.js')])
    const ended = (how: string) => [
      `${how}, its connection: end after 0`,
      `${how}, its server's: end after 100000`,
    ]
    t.deepEqual(
      output.trim().split('\n').sort(),
      ['exit', 'kill', 'terminate', 'thread exit'].flatMap(ended),
      errors,
    )
    t.is(code, 0)
  },
)

test.serial('a thread’s server that leaves something unread has its client hear of a reset', async t => {
  const { code, output, errors } = await runRegistered([programPath('unread.js')], {
    TUNTCP_TCP: 'sendBuffer=65536, receiveBuffer=65536',
  })
  t.is(errors, '')
  t.is(output, 'read ECONNRESET\n')
  t.is(code, 0)
})

test.serial('a thread’s TLS server that ends at once is heard out', async t => {
  const { code, output, errors } = await runRegistered([programPath('early-end.js')])
  t.is(errors, '')
  t.is(output, 'the end\n'.repeat(3))
  t.is(code, 0)
})

test.serial('a thread hears of each record of TLS that comes with others, in a turn of its own', async t => {
  const { code, output, errors } = await runRegistered([programPath('records.js')])
  t.is(errors, '')
  t.is(output, `${5 * 16_384}\n`)
  t.is(code, 0)
})

test.serial(
  'a thread reads into memory of its own as from a kernel’s socket, and into none with ENOBUFS',
  async t => {
    const { code, output, errors } = await runRegistered([programPath('memory.js')])
    t.is(errors, '')
    t.is(
      output,
      `three bytes: som|e t|ext|  9
three bytes, stopped by each: som|e t|ext|  9
no bytes:  read ENOBUFS 0
two bytes, then none: so| read ENOBUFS 2
`,
    )
    t.is(code, 0)
  },
)

for (const where of ['listener', 'tick', 'promise'])
  for (const face of ['handle', 'net'])
    test.serial(
      `what throws between two records of TLS is one uncaught exception: ${where}, ${face}`,
      async t => {
        const { code, output, errors } = await runRegistered([programPath('thrown.js'), where, face])
        t.is(output, `${where}\n${5 * 16_384}\n`, errors)
        t.is(code, 0)
      },
    )

test.serial('ticks that throw in one round are an uncaught exception each', async t => {
  const { code, output, errors } = await runRegistered([programPath('thrown-ticks.js')])
  t.is(output, 'in a tick\n'.repeat(4), errors)
  t.is(code, 0)
})

test.serial(
  'what throws at what HTTP/2 reads when its write is over is an uncaught exception each',
  async t => {
    const { code, output, errors } = await runRegistered([programPath('thrown-writing.js')])
    t.is(output, '4\n', errors)
    t.is(code, 0)
  },
)

// (Over TLS, Node 22 and later tell `tuntcp/net` of the last exception of a read alone.)
const [major] = process.versions.node.split('.')
for (const face of ['handle', 'net'])
  for (const security of ['plain', 'TLS'])
    test.serial(
      `what throws between two frames of HTTP/2 is an uncaught exception at once: ${security}, ${face}`,
      async t => {
        const { code, output, errors } = await runRegistered([
          programPath('thrown-frames.js'),
          face,
          security,
        ])
        const each = (what: string) => ['/1', '/2', '/3'].map(path => `${what} ${path}\n`).join('')
        if (face === 'handle' || security === 'plain' || Number(major) < 22)
          t.is(output, `response /first\n${each('stream')}${each('response')}${each('data')}`, errors)
        t.is(code, 0, errors)
      },
    )

test.serial(
  'a thread’s socket is bound where it is told, and keeps the thread until it is connected',
  async t => {
    const { code, output, errors } = await runRegistered([programPath('bound.js')])
    t.is(
      output,
      `from 127.0.0.5:4451
seen 127.0.0.5:4451
bind EADDRNOTAVAIL
connected without a reference
ends with 0
`,
      errors,
    )
    t.is(code, 0)
  },
)

test.serial('a thread’s connection that is closed while its peer goes on leaves nothing open', async t => {
  const { code, output, errors } = await runRegistered([programPath('left.js')])
  t.is(output, 'left 0\n', errors)
  t.is(code, 0)
})

test.serial('a port is taken for all threads, and free when its server has closed', async t => {
  const { code, output, errors } = await runRegistered([programPath('taken.js')])
  t.is(
    output,
    `listen EADDRINUSE: address already in use 127.0.0.1:4420 false\n${'listened\n'.repeat(3)}`,
    errors,
  )
  t.is(code, 0)
})

for (const [policy, word] of [
  ['its primary accepts', 'round-robin'],
  ['its workers accept', 'none'],
] as const)
  test.serial(`a cluster reaches its own servers: ${policy}`, async t => {
    const { code, output, errors } = await runRegistered([programPath('cluster-itself.cjs'), word])
    t.is(output, 'primary 200\nworker 200\nworker 200\nexit 0\nexit 0\n', errors)
    t.is(code, 0)
  })

test.serial(
  'a stream of HTTP/2 that is destroyed while the server writes to it is closed by both',
  async t => {
    const { code, output, errors } = await runRegistered([programPath('destroyed-stream.js')])
    t.is(output, 'stream closed\nclosed\n', errors)
    t.is(code, 0)
  },
)

test.serial('hooks see nothing left of closed connections and servers', async t => {
  const { code, output, errors } = await runRegistered([programPath('destroyed.js')])
  t.is(output, 'open true\nleft \n', errors)
  t.is(code, 0)
})

test.serial('tools see open sockets and servers as they see the kernel’s', async t => {
  const { code, output, errors } = await runRegistered([programPath('seen.js')])
  t.is(
    output,
    `at first 
listening TCPServerWrap true
connecting TCPServerWrap,TCPSocketWrap true,true
connected TCPServerWrap,TCPSocketWrap,TCPSocketWrap true,true,true
without refs TCPSocketWrap false,false,true
closing TCPSocketWrap
closed  false,false,false
closing a server TCPServerWrap true
closed  false
measured net connect
`,
    errors,
  )
  t.is(code, 0)
})

for (const [face, host] of [
  ['net', '127.0.0.1'],
  ['register', '127.0.0.1'],
  ['register', 'localhost'],
] as const)
  test.serial(`sockets, servers and requests that have ended are collected: ${face}, ${host}`, async t => {
    const program = [programPath('collected.js'), face, host]
    const { code, output, errors } = await runRegistered(['--expose-gc', ...program])
    t.is(output, `${face === 'net' ? 18 : 33} \n`, errors)
    t.is(code, 0)
  })

test.serial('a test changes the network of its program', async t => {
  const { code, output, errors } = await runRegistered([programPath('changing.js')])
  t.is(output, 'true\nfalse\ntrue\nRangeError\n', errors)
  t.is(code, 0)
  const late = await runRegistered([programPath('changing.js'), 'late'])
  t.is(late.output, 'true\nthe network is in use and began without faults\nRangeError\n', late.errors)
})

test.serial('a test gives the orders of tuntcp/testing to the network of its program', async t => {
  const { code, output, errors } = await runRegistered([programPath('orders.js')])
  t.is(
    output,
    `firewall: ECONNRESET 1
reset: ECONNRESET,ECONNRESET
cut: 1234 1
rebound: true
rebinding: ECONNRESET
dropped: again 1
reset of TLS: ECONNRESET
name: found
promised: [{"address":"127.0.0.1","family":4}]
promisified: {"address":"127.0.0.1","family":4}
no name: EAI_AGAIN
localhost: 127.0.0.1
refused: The property 'options.from' is for networks with hosts: a program has one link
refused: The "connection" argument must be a connected socket of tuntcp's stack. Received an instance of Socket
refused: The property 'faults.los' does not exist: did you mean 'loss'
`,
    errors,
  )
  t.is(code, 0)
})

// The messages that it is told

const inDirectory = async (files: Record<string, string>, use: (directory: string) => Promise<void>) => {
  const directory = mkdtempSync(join(tmpdir(), 'tuntcp-register-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
    await use(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const ECHO = [programPath('echo.cjs')]

for (const [name, text] of [
  ['tuntcp.config.mjs', "export default { log: 'info', faults: { delay: '1ms' } }"],
  ['tuntcp.config.json', '{ "log": "info", "faults": { "delay": "1ms" } }'],
] as const)
  test.serial(`${name} is read, and the environment goes before it`, async t =>
    inDirectory({ [name]: text }, async directory => {
      const told = await runRegistered(ECHO, {}, directory)
      t.is(told.output, 'echo true\n', told.errors)
      t.is(established(told.errors), 2)
      const silent = await runRegistered(ECHO, { TUNTCP_LOG: 'silent' }, directory)
      t.is(silent.output, 'echo true\n', silent.errors)
      t.is(silent.errors, '')
    }),
  )

test.serial('two configurations, and one that cannot be read', async t => {
  await inDirectory({ 'tuntcp.config.mjs': '', 'tuntcp.config.json': '{}' }, async directory => {
    const { code, errors } = await runRegistered(ECHO, {}, directory)
    t.regex(errors, /^tuntcp: there are two configurations, .*\.mjs and .*\.json: remove one\n$/)
    t.is(code, 2)
  })
  await inDirectory({ 'tuntcp.config.json': '{' }, async directory => {
    const { code, output, errors } = await runRegistered(ECHO, {}, directory)
    t.regex(errors, /^tuntcp: .*tuntcp\.config\.json cannot be read: .*\n$/)
    t.is(output, '')
    t.is(code, 2)
  })
})

for (const [variable, value, message] of [
  [
    'TUNTCP_FAULTS',
    'los=5%',
    /^TUNTCP_FAULTS: there is no fault 'los': did you mean 'loss'\? There are loss, burst, /,
  ],
  ['TUNTCP_FAULTS', 'loss=500%', /^TUNTCP_FAULTS: .*"faults.loss" .* from 0 to 1 .* Received '500%'$/],
  ['TUNTCP_FAULT', 'loss=5%', /^TUNTCP_FAULT: there is no such variable; there are TUNTCP_CONFIG, /],
  ['TUNTCP_MTU', '1500', /^mtu is of a TUN device, and none is named: set tun \(TUNTCP_TUN=tuntcp0\)/],
  ['TUNTCP_MTU', '67', /^TUNTCP_MTU: mtu must be a whole number from 68 to 65535, not 67$/],
  ['TUNTCP_ADDRESSES', 'here', /^TUNTCP_ADDRESSES: .* such as 192.0.2.0\/24 and 2001:db8::\/64, not "here"$/],
  ['TUNTCP_HOST_ADDRESS', '2001:db8::1/64', /^TUNTCP_HOST_ADDRESS: .* an IPv4 address with a length/],
  [
    'TUNTCP_IPV6',
    '192.0.2.1/24',
    /^TUNTCP_IPV6: ipv6 must be the host's end, such as 2001:db8::1\/64, or off/,
  ],
  ['TUNTCP_WILDCARD', 'both', /^TUNTCP_WILDCARD: wildcard must be one of stack, kernel, not "both"$/],
  ['TUNTCP_TCP', 'minRTO=200', /^TUNTCP_TCP: there is no TCP option 'minRTO' \(did you mean 'minRto'\?\)$/],
  ['TUNTCP_LOG', 'loud', /^TUNTCP_LOG: log must be one of silent, warn, info, debug, trace, not "loud"$/],
  ['TUNTCP_CONFIG', '/nowhere/it.json', /^\/nowhere\/it.json cannot be read: ENOENT/],
] as const)
  test.serial(
    `${variable}=${value}: the program does not begin, and the message says what to do`,
    async t => {
      const { code, output, errors } = await runRegistered(ECHO, { [variable]: value })
      t.regex(errors, /^tuntcp: .*\n$/)
      t.regex(errors.slice('tuntcp: '.length, -1), message)
      t.is(output, '')
      t.is(code, 2)
    },
  )
