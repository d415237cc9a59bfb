/**
 * Bringing a connection to each of its states, in each of three places of the sequence space. Tests written with
 * {@link test} run three times: with small numbers, with both ISNs just below 2^32, and just below 2^31 (NX-3).
 */
import ava, { type ExecutionContext } from 'ava'
import { Secret } from '../../src/host/secret.ts'
import { Flow } from '../../src/ip/flow.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { close } from '../../src/tcp/calls.ts'
import type { State } from '../../src/tcp/state.ts'
import { TimeWait } from '../../src/tcp/time-wait.ts'
import { checksum } from '../../src/wire/checksum.ts'
import { write16 } from '../../src/wire/ipv4.ts'
import { Dialogue, type DialogueOptions } from './dialogue.ts'
import { fixTcpChecksum, OURS, PEER } from './packets.ts'
import type { RecordingUser } from './recording-user.ts'

/** Both sides' ISN, or null for what the default seed gives. */
const SPACES: readonly (number | null)[] = [null, 0xffff_fff0, 0x7fff_fff0]

/** The ISN of port 80 towards the peer's port 40000 grows by this much each millisecond (RFC 6528 §3). */
const TICKS = 250

const isnAtZero = (seed: number): number =>
  new Secret(new SeededRandom(seed)).of(new Flow(OURS, 80, PEER, 40_000), 0).iss

/** SYN cookies last by a clock of this many ms (src/host/syn-cookies.ts); no test is to begin just before it ticks. */
const COOKIE_TICK = 64_000

const seeds = new Map<number, { seed: number; wait: number }>()

/** A seed and a time (ms) at which our ISN is exactly this. */
const seedFor = (iss: number): { seed: number; wait: number } => {
  let found = seeds.get(iss)
  for (let seed = 1; found === undefined; seed++) {
    const ticks = (iss - isnAtZero(seed)) >>> 0
    const wait = ticks / TICKS
    if (Number.isInteger(wait) && wait % COOKIE_TICK < COOKIE_TICK / 2) found = { seed, wait }
  }
  seeds.set(iss, found)
  return found
}

/** A dialogue whose next connection, between the usual ports, begins with these sequence numbers. */
export const dialogueAt = (iss: number, peerIss: number, options: DialogueOptions = {}): Dialogue => {
  const { seed, wait } = seedFor(iss >>> 0)
  const d = new Dialogue({ seed, peerIss: peerIss | 0, ...options })
  d.after(wait)
  return d
}

export type MakeDialogue = (options?: DialogueOptions) => Dialogue

/** An ava test that runs in every part of the sequence space; `dialogue` makes dialogues there. */
export const test = (
  title: string,
  body: (t: ExecutionContext, dialogue: MakeDialogue) => void | Promise<void>,
): void => {
  ava(title, async t => {
    for (const isn of SPACES) {
      try {
        await body(t, (options = {}) =>
          isn === null ? new Dialogue(options) : dialogueAt(isn, isn, options),
        )
      } catch (error) {
        if (isn !== null) t.log(`with ISS and IRS 0x${isn.toString(16)}`)
        throw error
      }
    }
  })
}

export type Reachable = Exclude<State, 'CLOSED' | 'LISTEN'>

/** The states of §3.10.7.4, SYN-RECEIVED apart. */
export const SYNCHRONIZED = [
  'ESTABLISHED',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'CLOSE_WAIT',
  'CLOSING',
  'LAST_ACK',
  'TIME_WAIT',
] as const satisfies readonly Reachable[]

export const OTHER_STATES = ['SYN_RECEIVED', ...SYNCHRONIZED] as const satisfies readonly Reachable[]

/** A connection in a known state, nothing unseen on the wire. Numbers are relative, as in the dialogue. */
export interface Reached {
  readonly d: Dialogue
  readonly c: Connection
  /** In SYN-RECEIVED after a passive OPEN there is none yet. */
  readonly user: RecordingUser | undefined
  /** SND.NXT, RCV.NXT and the right edge of the window that we have offered. */
  readonly snd: number
  readonly rcv: number
  readonly edge: number
}

/** The state of the dialogue's connection; CLOSED when there is none. */
export const stateOf = (d: Dialogue): State => {
  const found = d.host.connections.get(OURS, d.localPort, PEER, d.remotePort)
  if (found === null) return 'CLOSED'
  return found instanceof TimeWait ? 'TIME_WAIT' : found.state
}

/**
 * Leads a fresh dialogue to a state by the shortest way. The peer's window is 65535 and its MSS 1460.
 * `active`: with our SYN first; SYN-RECEIVED is then that of SYNs that have crossed.
 */
export const reach = (d: Dialogue, state: Reachable, active = state === 'SYN_SENT'): Reached => {
  let user: RecordingUser | undefined
  let edge = 0
  const sends = (line: string) => {
    const sent = d.sends(line)
    edge = Math.max(edge, ((sent.ack - d.peerIss) | 0) + sent.window)
  }
  const done = (snd: number, rcv: number): Reached => {
    d.silent()
    const c = connection ?? ([...d.host.connections][0] as Connection)
    if (c.state !== state) throw new Error(`in ${c.state}, not ${state}`)
    return { d, c, user, snd, rcv, edge }
  }
  let connection: Connection | null = null
  if (active) {
    user = d.connect()
    connection = user.connection
    d.sends('S 0:0(0)')
    if (state === 'SYN_SENT') return done(1, 0)
    if (state === 'SYN_RECEIVED') {
      d.receives('S 0:0(0) win 65535 <mss 1460>')
      sends('S. 0:0(0) ack 1')
      return done(1, 1)
    }
    d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
    sends('. 1:1(0) ack 1')
  } else {
    d.listen()
    d.receives('S 0:0(0) win 65535 <mss 1460>')
    sends('S. 0:0(0) ack 1')
    connection = [...d.host.connections][0] as Connection
    if (state === 'SYN_RECEIVED') return done(1, 1)
    d.receives('. 1:1(0) ack 1 win 65535')
    user = d.accepted.at(-1)
  }
  if (state === 'ESTABLISHED') return done(1, 1)
  if (state === 'CLOSE_WAIT' || state === 'LAST_ACK') {
    d.receives('F. 1:1(0) ack 1 win 65535')
    sends('. 1:1(0) ack 2')
    if (state === 'CLOSE_WAIT') return done(1, 2)
    close(connection!)
    sends('F. 1:1(0) ack 2')
    return done(2, 2)
  }
  close(connection!)
  sends('F. 1:1(0) ack 1')
  if (state === 'FIN_WAIT_1') return done(2, 1)
  if (state === 'CLOSING') {
    d.receives('F. 1:1(0) ack 1 win 65535')
    sends('. 2:2(0) ack 2')
    return done(2, 2)
  }
  d.receives('. 1:1(0) ack 2 win 65535')
  if (state === 'FIN_WAIT_2') return done(2, 1)
  d.receives('F. 1:1(0) ack 2 win 65535')
  sends('. 2:2(0) ack 2')
  return done(2, 2)
}

/** A pure ACK of ours: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. */
export const emptyAck = ({ snd, rcv }: Reached): string => `. ${snd}:${snd}(0) ack ${rcv}`

/** An established connection whose user reads nothing and whose window the peer has filled: RCV.NXT is 2001. */
export const shutWindow = (dialogue: MakeDialogue, options: DialogueOptions = {}): Reached => {
  const d = dialogue({ ...options, tcp: { receiveBuffer: 2000, ...options.tcp } })
  const reached = reach(d, 'ESTABLISHED')
  reached.user!.reading = false
  d.receives('. 1:1461(1460) ack 1', 'P. 1461:2001(540) ack 1')
  d.after(40)
  d.sends('. 1:1(0) ack 2001 win 0')
  return { ...reached, rcv: 2001 }
}

/** The text that {@link Dialogue.build} puts on segments: the stream's bytes from relative sequence number `seq` on. */
export const stream = (seq: number, length: number): string =>
  Array.from({ length }, (_, i) => String.fromCharCode(97 + ((((seq - 1 + i) % 26) + 26) % 26))).join('')

/** Changes bytes of a packet's headers, and puts both checksums right again. */
export const edited = (packet: Uint8Array, ...changes: [at: number, byte: number][]): Uint8Array => {
  for (const [at, byte] of changes) packet[at] = byte
  write16(packet, 10, 0)
  write16(packet, 10, checksum(packet, 0, 20))
  fixTcpChecksum(packet)
  return packet
}
