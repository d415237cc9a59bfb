/**
 * Whatever a peer does, it does not make us send much for little: what leaves twice leaves because it is lost, and only a
 * timer sends something for nothing.
 */
import test from 'ava'
import fc from 'fast-check'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { send, sendRoom } from '../../src/tcp/calls.ts'
import { congestionControls } from '../../src/tcp/congestion/registry.ts'
import { seqDiff } from '../../src/wire/sequence.ts'
import { dialogue } from '../support/dialogue.ts'

interface Step {
  readonly do: 'ack' | 'duplicate' | 'sack' | 'd-sack' | 'window' | 'ecn' | 'text' | 'wait'
  readonly a: number
  readonly b: number
  /** The step is taken so many times. */
  readonly times: number
}

interface Peer {
  readonly mss: number
  readonly options: string
  /** Units of 1024 bytes. */
  readonly window: number
  readonly tcp: Partial<TcpOptions>
  /** The steps that it takes, over and over. */
  readonly habits: readonly Step[]
}

const ROUNDS = 40

/** Bytes sent for each that was acknowledged or a window or a timer lets go; segments without text for each that came. */
const play = ({ mss, options, window, tcp, habits }: Peer): { bytes: number; answers: number } => {
  const d = dialogue({
    tcp: { sack: true, timestamps: true, ecn: 'passive', userTimeout: 0, retries: 255, minRto: 200, ...tcp },
  })
  d.listen()
  d.receives(`SEW 0:0(0) win 65535 <mss ${mss},nop,wscale 10${options}>`)
  d.next()
  d.after(10)
  const stamp = options.includes('TS') ? ',nop,nop,TS val 2 ecr 0' : ''
  d.receives(`. 1:1(0) ack 1 win ${window}${stamp === '' ? '' : ' <nop,nop,TS val 2 ecr 0>'}`)
  const c = d.accepted.at(-1)!.connection!
  let heard = 2
  let text = 0
  let others = 0
  let timers = 0
  let looked = d.events.length
  let offered = window
  let most = window
  let next = 1
  const look = () => {
    d.clock.settle()
    for (const s of d.link.sent) {
      if (s.text.length > 0) text += s.text.length
      else others++
    }
    d.link.sent.length = 0
    for (; looked < d.events.length; looked++) {
      const e = d.events[looked]!
      if (e.type === 'timer' && e.action === 'fired' && e.timer !== 'pacing') timers++
    }
    while (sendRoom(c) > 65_536) send(c, Buffer.alloc(65_536))
    d.clock.settle()
  }
  let una = 1
  const una0 = c.snd.iss
  const now = () => Math.floor(d.clock.now())
  const hears = (flags: string, ack: number, more = '', length = 0, seq = next): void => {
    heard++
    const sackOption = more === '' ? '' : `,${more}`
    const list =
      stamp === ''
        ? more
        : `nop,nop,TS val ${3 + now()} ecr ${c.timestampAt(d.clock.now() - 10) >>> 0}${sackOption}`
    d.receives(
      `${flags} ${seq}:${seq + length}(${length}) ack ${ack} win ${offered}${list === '' ? '' : ` <${list}>`}`,
    )
    look()
  }
  const sent = () => seqDiff(c.snd.nxt, una0)
  look()
  for (let round = 0; round < ROUNDS; round++)
    for (const s of habits)
      for (let k = 0; k < s.times; k++) {
        if (c.state !== 'ESTABLISHED') break
        una = seqDiff(c.snd.una, una0)
        const span = sent() - una
        switch (s.do) {
          case 'ack':
            // An octet, a part, or all of it.
            hears(
              '.',
              s.a % 3 === 0 ? Math.min(sent(), una + 1) : una + Math.floor((span * (s.b % 101)) / 100),
            )
            break
          case 'duplicate':
            hears('.', una)
            break
          case 'sack': {
            if (span < 2) break
            const left = una + 1 + ((s.a + k * mss * (1 + (s.b % 3))) % (span - 1))
            hears('.', una, `nop,nop,sack ${left}:${Math.min(sent(), left + 1 + (s.b % 4) * mss)}`)
            break
          }
          case 'd-sack':
            if (span > mss) hears('.', una, `nop,nop,sack ${una}:${una + mss} ${una}:${una + mss}`)
            break
          case 'window':
            offered = s.a % 2 === 0 ? (k % 2 === 0 ? 0 : window) : s.b % (2 * window)
            most = Math.max(most, offered)
            hears('.', una)
            break
          case 'ecn':
            hears('E.', una)
            break
          case 'text': {
            const seq = s.a % 2 === 0 ? next : Math.max(1, next + (s.b % 3000) - 1500)
            const length = 1 + (s.b % 900)
            if (seq === next) next += length
            hears('.', una, '', length, seq)
            for (const user of d.accepted) user.text = ''
            break
          }
          case 'wait':
            d.after(s.a % 3 === 0 ? 1500 : s.b % 250)
            look()
            break
        }
      }
  una = seqDiff(c.snd.una, una0)
  const bytes = text / (una + 1024 * most + timers * mss)
  return { bytes, answers: others / (heard + timers) }
}

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('ack', 'duplicate', 'sack', 'd-sack', 'window', 'ecn', 'text', 'wait'),
  a: fc.nat({ max: 100_000 }),
  b: fc.nat({ max: 100_000 }),
  times: fc.constantFrom(1, 1, 2, 3, 8, 40),
})

const peer: fc.Arbitrary<Peer> = fc.record({
  mss: fc.constantFrom(1460, 536, 100),
  options: fc.constantFrom('', ',nop,nop,sackOK', ',sackOK,TS val 1 ecr 0'),
  window: fc.constantFrom(1, 10, 60),
  tcp: fc.record({
    congestionControl: fc.constantFrom(...congestionControls()),
    lossDetection: fc.constantFrom('rack' as const, 'sack' as const),
    initialWindow: fc.constantFrom(10, 100),
    frto: fc.boolean(),
  }),
  habits: fc.array(step, { minLength: 1, maxLength: 5 }),
})

// Each octet goes once; again when it is lost; and once more for each that is delivered meanwhile, acknowledged or SACKed.
const MOST_BYTES = 6
const MOST_ANSWERS = 1

test('bytes sent ÷ (bytes acknowledged + a window), and answers ÷ segments received, are bounded', t => {
  fc.assert(
    fc.property(peer, p => {
      const { bytes, answers } = play(p)
      if (bytes > MOST_BYTES || answers > MOST_ANSWERS)
        throw new Error(`${bytes} times the bytes, ${answers} answers`)
    }),
    { numRuns: 150, seed: 2011 },
  )
  t.pass()
})
