/** The user timeout option, RFC 5482. */
import ava from 'ava'
import { type TcpOptions, tcpOptions } from '../../src/tcp/block/options.ts'
import { configure, send } from '../../src/tcp/calls.ts'
import { encodeUserTimeout, userTimeout } from '../../src/tcp/send/user-timeout.ts'
import type { Dialogue } from '../support/dialogue.ts'
import type { RecordingUser } from '../support/recording-user.ts'
import { formatOptions } from '../support/segment-notation.ts'
import { type MakeDialogue, test } from '../support/states.ts'

const ON: Partial<TcpOptions> = { userTimeoutOption: true, delayedAck: 0 }

/** A connection to us, the option on; `syn` and `ack` are what the peer's segments carry. */
const opened = (
  dialogue: MakeDialogue,
  tcp: Partial<TcpOptions> = {},
  syn = '',
  ack = '',
): [Dialogue, RecordingUser] => {
  const d = dialogue({ tcp: { ...ON, ...tcp } })
  const user = d.established({}, `S 0:0(0) win 65535 <mss 1460${syn}>`, `. 1:1(0) ack 1${ack && ` <${ack}>`}`)
  return [d, user]
}

/** The time after being sent at which something unacknowledged ends the connection, seconds. */
const patience = (d: Dialogue, user: RecordingUser): number => {
  const start = d.clock.now()
  send(user.connection!, Buffer.from('x'))
  for (let s = 1; s < 10_000; s++) {
    d.after(1000)
    if (user.log.includes('closed ETIMEDOUT')) return Math.round((d.clock.now() - start) / 1000)
  }
  return Number.POSITIVE_INFINITY
}

const UTO = /uto/

test('[R5482-1] off by default: nothing is sent, what comes is ignored', (t, dialogue) => {
  t.like(tcpOptions(), { userTimeoutOption: false, userTimeoutChangeable: true })
  const [d, user] = opened(dialogue, { userTimeoutOption: false }, ',uto 0x258', 'uto 0x258')
  d.receives('P. 1:2(1) ack 1 <uto 0x258>')
  send(user.connection!, Buffer.from('x'))
  d.clock.settle()
  t.true(d.link.sent.every(s => !UTO.test(formatOptions(s.options))))
  t.deepEqual(user.log, ['accepted', 'established', 'data a'])
  t.is(patience(d, user), 300)
})

ava(
  '[R5482-1] CHANGEABLE becomes false when the application sets the user timeout, unless it says otherwise',
  t => {
    t.false(tcpOptions({ userTimeout: 300_000 }).userTimeoutChangeable)
    t.true(tcpOptions({ userTimeout: 300_000, userTimeoutChangeable: true }).userTimeoutChangeable)
    t.true(tcpOptions({ advertisedUserTimeout: 1000 }).userTimeoutChangeable)
  },
)

test('[R5482-2] sent with the SYN and with the first segment that is none, then no more', (t, dialogue) => {
  const d = dialogue({ tcp: { ...ON, advertisedUserTimeout: 600_000 } })
  const user = d.connect()
  d.sends('S 0:0(0) <mss 1460,nop,wscale 10,uto 0x258>')
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  d.sends('. 1:1(0) ack 1 <uto 0x258>')
  send(user.connection!, new Uint8Array(1460))
  d.sends('P. 1:1461(1460) ack 1 <>')
  // Again when it changes, and not when something else does.
  configure(user.connection!, { advertisedUserTimeout: 700_000 })
  d.receives('P. 1:11(10) ack 1461')
  d.sends('. 1461:1461(0) ack 11 <uto 0x2bc>')
  configure(user.connection!, { noDelay: true })
  d.receives('P. 11:21(10) ack 1461')
  t.is(formatOptions(d.sends('. 1461:1461(0) ack 21').options), '')
})

test('[R5482-2] sent with the SYN,ACK; text that leaves with it has so much less room', (t, dialogue) => {
  const d = dialogue({ tcp: ON })
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.sends('S. 0:0(0) ack 1 <mss 1460,uto 0x12c>')
  d.receives('. 1:1(0) ack 1')
  d.silent()
  send(d.accepted[0]!.connection!, new Uint8Array(2916))
  d.sends('. 1:1457(1456) ack 1 <uto 0x12c>')
  d.sends('P. 1457:2917(1460) ack 1 <>')
  t.is(d.host.options.userTimeout, 300_000)
})

test('[R5482-2] where SACK blocks leave no room, it waits', (t, dialogue) => {
  const d = dialogue({ tcp: { ...ON, sack: true, timestamps: true } })
  const user = d.established(
    {},
    'S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0>',
    '. 1:1(0) ack 1 <TS val 1 ecr 0>',
  )
  for (const seq of [11, 31, 51]) d.receives(`. ${seq}:${seq + 10}(10) ack 1 <TS val 1 ecr 0>`)
  const [first, second, third] = d
    .skip()
    .map(s => formatOptions(s.options, d.peerIss).replace(/TS val \d+/, 'TS val *'))
  t.is(first, 'nop,nop,TS val * ecr 1,uto 0x12c,nop,nop,sack 11:21')
  t.is(second, 'nop,nop,TS val * ecr 1,nop,nop,sack 31:41 11:21')
  configure(user.connection!, { advertisedUserTimeout: 60_000 })
  t.is(third, 'nop,nop,TS val * ecr 1,nop,nop,sack 51:61 31:41 11:21')
  d.receives('. 71:81(10) ack 1 <TS val 1 ecr 0>')
  t.notRegex(formatOptions(d.next().options), UTO)
  d.receives('. 1:11(10) ack 1 <TS val 1 ecr 0>', '. 21:31(10) ack 1 <TS val 1 ecr 0>')
  t.true(d.skip().some(s => /uto 0x3c/.test(formatOptions(s.options))))
})

test('[R5482-3] where the application has set its own, the peer’s changes nothing, but is told', (t, dialogue) => {
  const [d, user] = opened(dialogue, { userTimeout: 30_000 }, '', 'uto 0x258')
  t.true(user.log.includes("peer's user timeout 600000"))
  t.true(d.events.some(e => e.type === 'user-timeout' && e.remote === 600_000 && !e.adopted))
  t.is(patience(d, user), 30)
})

test('[R5482-3] set while the connection lasts, it overrides what the peer has said', (t, dialogue) => {
  const [d, user] = opened(dialogue, {}, '', 'uto 0x258')
  t.true(d.events.some(e => e.type === 'user-timeout' && e.adopted))
  send(user.connection!, Buffer.from('x'))
  configure(user.connection!, { userTimeout: 30_000 })
  d.after(29_999)
  t.is(user.connection!.state, 'ESTABLISHED')
  d.after(1)
  t.is(user.connection!.state, 'CLOSED')
})

/** ADV_UTO, REMOTE_UTO (the field), L_LIMIT, U_LIMIT, all in s, and what comes of them. */
const VECTORS = [
  [200, 150, 100, 3600, 200],
  [200, 600, 100, 3600, 600],
  [10, 20, 100, 3600, 100],
  [10, 20, 1, 3600, 20],
  [200, 6000, 100, 3600, 3600],
  [5000, 20, 100, 3600, 3600],
  [200, 0x8005, 100, 3600, 300],
  [200, 0xffff, 100, 3_600_000 / 1000, 3600],
  [200, 150, 400, 300, 300],
] as const

for (const [ours, remote, low, high, seconds] of VECTORS)
  test(`[R5482-4][R5482-6] min(${high}, max(${ours}, 0x${remote.toString(16)}, ${low})) is ${seconds} s`, (t, dialogue) => {
    const [, user] = opened(
      dialogue,
      { advertisedUserTimeout: ours * 1000, minUserTimeout: low * 1000, maxUserTimeout: high * 1000 },
      '',
      `uto 0x${remote.toString(16)}`,
    )
    t.is(userTimeout(user.connection!), seconds * 1000)
  })

test('[R5482-4] the connection lasts as long as that says, whatever R2; and no longer', (t, dialogue) => {
  const [d, user] = opened(dialogue, { retries: 2, maxRto: 60_000 }, '', 'uto 0x258')
  t.is(patience(d, user), 600)
})

test('[R5482-4] a window that stays shut and probes that go unanswered: as long, too', (t, dialogue) => {
  const [d, user] = opened(dialogue, { retries: 2, maxRto: 60_000 })
  d.receives('. 1:1(0) ack 1 win 0 <uto 0x258>')
  // Counted from the first probe.
  t.is(patience(d, user), 601)
})

test('[R5482-5] one second is not adopted: 100 s at least, and more than the RTO', (t, dialogue) => {
  const one: Partial<TcpOptions> = { advertisedUserTimeout: 1000 }
  const [d, user] = opened(dialogue, one, '', 'uto 0x1')
  t.is(patience(d, user), 100)
  const [, slow] = opened(dialogue, { ...one, minUserTimeout: 500, minRto: 60_000 }, '', 'uto 0x1')
  slow.connection!.rto.sample(1)
  t.is(userTimeout(slow.connection!), 60_001)
  slow.connection!.rto.backOff()
  t.is(userTimeout(slow.connection!), 120_001)
})

test('[R5482-6] not before the connection is synchronized', (t, dialogue) => {
  const d = dialogue({ tcp: { ...ON, advertisedUserTimeout: 600_000, maxRto: 60_000, synAckRetries: 255 } })
  d.listen()
  d.receives('S 0:0(0) win 65535 <uto 0x8010>')
  d.after(299_999)
  t.is(d.host.connections.size, 1)
  d.after(1)
  t.true(d.empty)
})

test('[R5482-6] what the SYN has said counts from then on', (t, dialogue) => {
  const [, user] = opened(dialogue, {}, ',uto 0x8010')
  t.is(userTimeout(user.connection!), 960_000)
})

ava('[R5482-6][R5482-7] seconds up to nine hours, minutes beyond; never a zero', t => {
  for (const [ms, field] of [
    [1, 1],
    [1000, 1],
    [1001, 2],
    [300_000, 300],
    [32_767_000, 0x7fff],
    [32_767_001, 0x8000 | 547],
    [0x7fff * 60_000, 0xffff],
    [2 ** 31, 0xffff],
  ] as const)
    t.is(encodeUserTimeout(ms), field, `${ms}`)
})

test('[R5482-7] zeros, with either granularity, are ignored; so is a wrong length', (t, dialogue) => {
  for (const option of ['uto 0x0', 'uto 0x8000', 'raw 0x1c030a', 'raw 0x1c05000a00']) {
    const [d, user] = opened(dialogue, {}, '', 'uto 0x258')
    d.receives(`. 1:1(0) ack 1 <${option}>`)
    t.is(user.connection!.troubles.remoteUserTimeout, 600_000, option)
    t.is(userTimeout(user.connection!), 600_000)
    t.is(d.events.filter(e => e.type === 'user-timeout').length, 1)
  }
})

test('[R5482-7] to wait for ever is nothing that can be told', (t, dialogue) => {
  const [d, user] = opened(dialogue, { userTimeout: 0 })
  d.receives('P. 1:2(1) ack 1')
  t.true(d.skip().every(s => !UTO.test(formatOptions(s.options))))
  t.is(userTimeout(user.connection!), 0)
})

test('[R5482-8] the segment that carried it is lost: nothing breaks, it leaves again without', (t, dialogue) => {
  const [d, user] = opened(dialogue)
  send(user.connection!, Buffer.from('x'))
  d.sends('P. 1:2(1) ack 1 <uto 0x12c>')
  d.after(1000)
  d.sends('P. 1:2(1) ack 1 <>')
  d.receives('. 1:1(0) ack 2')
  t.true(user.connection!.allAcked)
})

test('[R5482-8] an unacceptable segment tells nothing', (t, dialogue) => {
  const [d, user] = opened(dialogue)
  d.receives('. 90000:90000(0) ack 1 <uto 0x258>')
  d.receives('. 1:1(0) ack 999 <uto 0x258>')
  t.is(user.connection!.troubles.remoteUserTimeout, 0)
})

test('[R5482-9] keep-alives wait for longer than the user timeout', (t, dialogue) => {
  const [d] = opened(dialogue, { keepAlive: true, keepAliveIdle: 10_000 }, '', 'uto 0x258')
  d.after(600_000)
  d.silent()
  d.after(1)
  d.sends('. 0:0(0) ack 1')
  const [alone] = opened(dialogue, { userTimeoutOption: false, keepAlive: true, keepAliveIdle: 10_000 })
  alone.after(10_000)
  t.is(alone.sends('. 0:0(0) ack 1').time, alone.clock.now())
})
