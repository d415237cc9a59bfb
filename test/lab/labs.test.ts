/** Every lab shows what it must, the same every time, and turns red when a rule that it is about is broken. */
import test from 'ava'
import type { BenchOptions } from '../../src/lab/bench.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { LABS } from '../../src/lab/labs/all.ts'
import { findingsOf, ladderOf, logOf, reportOf } from '../../src/lab/report.ts'
import { runVirtual } from '../../src/lab/run-virtual.ts'
import { hasFlag, isPureAck, nth, once } from '../../src/link/path/script.ts'
import { Connection } from '../../src/tcp/block/connection.ts'
import type { TraceEvent } from '../../src/tcp/block/events.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { PLAIN } from '../../src/trace/text-style.ts'

const played = LABS.filter(({ needsKernel }) => needsKernel === undefined)

const lab = (name: string): Lab => LABS.find(l => l.name === name)!

test('there are the twenty labs, each with a name of its own', t => {
  t.is(new Set(LABS.map(({ name }) => name)).size, 20)
  t.is(played.length, 19)
})

for (const one of played) {
  test(`${one.name} shows what it must, whatever the seed`, async t => {
    for (const seed of [one.name, 1, 2]) {
      const { findings } = await runVirtual(one, seed)
      t.true(findings.all.length >= 4)
      t.deepEqual(findings.failed, [], `seed ${seed}`)
    }
  })
}

test('every lab shows the same over IPv6, and no packet of IPv4', async t => {
  for (const one of played) {
    const { findings, run } = await runVirtual(one, one.name, {}, { family: 6 })
    t.true(findings.all.length >= 4)
    t.deepEqual(findings.failed, [], one.name)
    t.true(run.segments.length > 0)
    t.true(
      run.segments.every(
        ({ source, destination }) =>
          /^\[2001:2::[12]\]:\d+$/.test(source) && destination.startsWith('[2001:2::'),
      ),
    )
  }
})

test('a run is the same every time', async t => {
  const once = await runVirtual(lab('loss'))
  const again = await runVirtual(lab('loss'))
  t.is(ladderOf(again), ladderOf(once))
  t.is(logOf(again), logOf(once))
})

/** The checks that fail when the ends or the path are not as they should be. */
const failing = async (
  name: string,
  broken: { readonly both?: Partial<TcpOptions> } & Partial<BenchOptions>,
): Promise<string[]> => {
  const one = lab(name)
  const bench = (short: boolean): BenchOptions => {
    const before = one.bench(short)
    return {
      path: { ...before.path, ...broken.path },
      client: { ...before.client, ...broken.both, ...broken.client },
      server: { ...before.server, ...broken.both, ...broken.server },
    }
  }
  const { findings } = await runVirtual({ ...one, bench })
  return findings.failed.map(({ what }) => what)
}

const red = (
  what: string,
  name: string,
  broken: () => Parameters<typeof failing>[1],
  expected: RegExp,
): void => {
  test(`${name} turns red ${what}`, async t => {
    const failed = await failing(name, broken())
    t.true(
      failed.some(line => expected.test(line)),
      failed.join('\n'),
    )
  })
}

red('when 2MSL is short', 'close-client', () => ({ both: { msl: 1000 } }), /TIME_WAIT lasts 2MSL/)
red('when 2MSL is short', 'close-server', () => ({ both: { msl: 1000 } }), /TIME_WAIT lasts 2MSL/)
red('when 2MSL is short', 'lost-last-ack', () => ({ both: { msl: 1000 } }), /TIME_WAIT lasts 2MSL/)
red(
  'when no TIME_WAIT is kept',
  'time-wait-restart',
  () => ({ both: { timeWaitRecords: 0 } }),
  /without address reuse/,
)
red(
  'when no TIME_WAIT is kept',
  'time-wait-exhaustion',
  () => ({ both: { timeWaitRecords: 0 } }),
  /TIME_WAITs at the client/,
)
red('without timestamps', 'time-wait-exhaustion', () => ({ both: { timestamps: false } }), /offer timestamps/)
red(
  'when the ACK of the FIN is lost',
  'half-close',
  () => ({ path: { drop: nth([2, 3, 4, 5, 6, 7, 8, 9], isPureAck) } }),
  /after the client’s FIN/,
)
red(
  'when the ACK of the FIN is lost',
  'close-client',
  () => ({ path: { drop: nth(2, isPureAck) } }),
  /the segments are/,
)
red('when there is no 2MSL', 'close-both', () => ({ both: { timeWaitRecords: 0 } }), /TIME_WAIT/)
red('when a FIN is lost', 'close-both', () => ({ path: { drop: once(hasFlag('FIN')) } }), /CLOSING/)
red('when the SYN is lost', 'handshake', () => ({ path: { drop: once(hasFlag('SYN')) } }), /the segments are/)
red('when FIN_WAIT_2 never ends', 'close-wait', () => ({ both: { finWait2Timeout: 0 } }), /FIN_WAIT_2/)
red(
  'when FIN_WAIT_2 lasts another time',
  'fin-wait-2',
  () => ({ client: { finWait2Timeout: 1000 } }),
  /after 10 s/,
)
red(
  'with fewer retries',
  'connect-timeout',
  () => ({ client: { synRetries: 3 } }),
  /one SYN and its retransmissions/,
)
red('with another first timeout', 'connect-timeout', () => ({ client: { initialRto: 3000 } }), /apart/)
red('when ACKs wait longer', 'delayed-ack', () => ({ server: { delayedAck: 200 } }), /after the delay/)
red(
  'when ACKs do not wait',
  'delayed-ack',
  () => ({ server: { delayedAck: 0 } }),
  /pure ACKs|after the delay/,
)
red('when nothing answers', 'refused', () => ({ path: { blackhole: true } }), /ECONNREFUSED|told/)
red('when the network is gone', 'sequence', () => ({ path: { blackhole: true } }), /carried out/)

test('zero-window turns red when the window is ignored', async t => {
  const ignore = (event: TraceEvent): void => {
    if ('connection' in event && event.connection instanceof Connection) event.connection.snd.wnd = 60_000
  }
  const { findings } = await runVirtual(lab('zero-window'), 1, { client: ignore })
  t.true(
    findings.failed.some(({ what }) => what === 'no more is sent than the window allows'),
    findings.failed.map(({ what }) => what).join('\n'),
  )
})

test('each lab shows the same when somebody waits, in less than a minute', async t => {
  for (const one of played) {
    const { findings, run } = await runVirtual(one, 1, {}, { pace: { short: true, patient: false } })
    t.deepEqual(findings.failed, [], one.name)
    t.true(run.events.at(-1)!.time < 60_000, one.name)
  }
})

test('a report has the ladder, what was checked and a verdict; a failure shows what was seen', async t => {
  const good = await runVirtual(lab('refused'))
  const text = reportOf(good, { ladder: true, log: true, full: false, style: PLAIN })
  t.regex(text, /├─+ \[S\] 0 win .*▶│/)
  t.regex(text, /SYN_SENT → CLOSED {2}RST {2}§3\.10\.7/)
  t.regex(text, /refused: tuntcp ↔ tuntcp shows what it must \(5 checks\)$/)
  const bad = await runVirtual({ ...lab('refused'), bench: () => ({ path: { blackhole: true } }) })
  t.regex(findingsOf(bad), /✗ what the application is told\n {4}expected: ECONNREFUSED\n {4}seen: ETIMEDOUT/)
})
