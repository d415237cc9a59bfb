import { Writable } from 'node:stream'
import test from 'ava'
import { close, send } from '../../src/tcp/calls.ts'
import { combine } from '../../src/trace/combine.ts'
import { createLog, type LogLevel } from '../../src/trace/log.ts'
import { write32 } from '../../src/wire/ipv4.ts'
import { dialogue } from '../support/dialogue.ts'
import { icmp, sealed } from '../support/packets.ts'

/** The log of a dialogue of a handshake and a close by us. */
const logOf = (level: LogLevel, pretty: boolean, color = false): string[] => {
  let text = ''
  const destination = new Writable({
    write(chunk, _, done) {
      text += chunk
      done()
    },
  })
  const d = dialogue({ host: { trace: createLog({ level, pretty, color, destination }) }, tcp: { msl: 500 } })
  const user = d.established()
  close(user.connection!)
  d.skip()
  d.receives('. 1:1(0) ack 2')
  d.receives('F. 1:1(0) ack 2')
  d.after(2000)
  return text.trimEnd().split('\n')
}

const NAME = '192.0.2.1:40000 → 192.0.2.2:80'

test('a line for each transition: who, from where to where, by what, by which section', t => {
  t.deepEqual(
    logOf('info', true).map(line => line.replace(/^\d\d:\d\d:\d\d\.\d{3}: /, '')),
    [
      '*:80  CLOSED → LISTEN  passive OPEN  §3.10.1',
      `${NAME}  LISTEN → SYN_RECEIVED  SYN  §3.10.7.2`,
      `${NAME}  SYN_RECEIVED → ESTABLISHED  ack of SYN  §3.10.7.4`,
      `${NAME}  ESTABLISHED → FIN_WAIT_1  CLOSE  §3.10.4`,
      `${NAME}  FIN_WAIT_1 → FIN_WAIT_2  ack of FIN  §3.10.7.4`,
      `${NAME}  FIN_WAIT_2 → TIME_WAIT  FIN  §3.10.7.4`,
      `${NAME}  TIME_WAIT → CLOSED  2MSL timeout  §3.10.8`,
    ],
  )
})

test('the size of packets: from what to what, and why', t => {
  let text = ''
  const destination = new Writable({
    write(chunk, _, done) {
      text += chunk
      done()
    },
  })
  const d = dialogue({ host: { trace: createLog({ level: 'info', pretty: false, destination }) } })
  const user = d.established()
  send(user.connection!, Buffer.alloc(1460))
  const tooBig = icmp(3, 4, d.next().raw.subarray(0, 28))
  write32(tooBig, 24, 1400)
  d.inject(sealed(tooBig))
  const line = JSON.parse(text.trimEnd().split('\n').at(-1)!)
  delete line.time
  t.deepEqual(line, {
    level: 'info',
    from: 1500,
    to: 1400,
    cause: 'ICMP',
    msg: `${NAME}  packets of 1400 bytes, not 1500: ICMP`,
  })
})

test('JSON for machines', t => {
  const line = JSON.parse(logOf('info', false)[2]!)
  t.is(typeof line.time, 'number')
  delete line.time
  t.deepEqual(line, {
    level: 'info',
    local: '192.0.2.2:80',
    remote: '192.0.2.1:40000',
    from: 'SYN_RECEIVED',
    to: 'ESTABLISHED',
    event: 'ack of SYN',
    section: '§3.10.7.4',
    cause: 'segment',
    msg: `${NAME}  SYN_RECEIVED → ESTABLISHED  ack of SYN  §3.10.7.4`,
  })
})

test('level trace shows each segment, ours with the reason', t => {
  const lines = logOf('trace', true)
  t.true(
    lines.some(line => /< IP 192\.0\.2\.1\.40000 > 192\.0\.2\.2\.80: Flags \[S\], seq 1000, /.test(line)),
  )
  t.true(lines.some(line => /> IP 192\.0\.2\.2\.80 > .* Flags \[S\.\], .* # SYN,ACK$/.test(line)))
  t.true(lines.some(line => / Flags \[F\.\], .*length 0 {2}# FIN$/.test(line)))
  t.true(lines.some(line => line.includes('retransmission timer armed for 1000 ms')))
})

test('silent is no reader at all; colours only when asked for', t => {
  t.is(createLog({ level: 'silent' }), null)
  t.true(logOf('info', true, true).some(line => line.includes('\x1b[32mESTABLISHED\x1b[0m')))
  t.false(logOf('info', true).some(line => line.includes('\x1b[')))
})

test('a reader that throws is left out; the others and the stack go on', t => {
  const seen: string[] = []
  const troubles: unknown[] = []
  const trouble = new Error('disk full')
  const d = dialogue({
    host: {
      trace: combine(
        [
          () => {
            throw trouble
          },
          null,
          event => seen.push(event.type),
        ],
        error => troubles.push(error),
      ),
    },
  })
  d.established()
  t.deepEqual(troubles, [trouble])
  t.true(seen.length > 5)
  t.is(combine([null, null]), null)
})
