/** The peer's half of a case, the same with either side: it brings it to its state and writes down what each step draws. */
import { type Arrived, readSegment, segmentPacket } from '../../src/examine/packets.ts'
import { flagsText, optionBytes } from '../../src/examine/segment-text.ts'
import { ACK, FIN, PSH, RST, SYN } from '../../src/wire/tcp.ts'
import type { Side } from './side.ts'
import { type Case, MSS, type SegmentStep, type Step } from './stimuli.ts'

/** The numbers of a segment, which count from the SYNs. */
export interface Numbers {
  readonly seq: number
  readonly ack: number
  /** Bytes of text. */
  readonly length: number
  /** The number after it: a FIN counts. */
  readonly end: number
}

/** One step. */
export interface Told {
  /** The peer's words; null where the step was a call. */
  readonly said: Numbers | null
  /** The segments that were sent at once. */
  readonly answer: string
  /** The highest acknowledgment that had been sent before. */
  readonly acked: number
  /** And the highest that has been sent now. */
  readonly acks: number
}

/** The answers to each step; the last is a probe in the end. */
export type Outcome = readonly Told[]

const FIRST_TIMESTAMP = 500_000

const plain = (flags: number, length = 0): SegmentStep => ({
  kind: 'segment',
  flags,
  seq: 0,
  ack: 0,
  length,
  window: 60_000,
  timestamp: 'next',
})

/** An octet from long before: whoever has a connection answers with what it would send and take next, everybody else with a reset. */
export const PROBE: SegmentStep = { ...plain(ACK, 1), seq: -10 }

class Talk {
  readonly #side: Side
  readonly #case: Case
  readonly #port: number
  #ownPort: number
  readonly #iss: number
  #irs: number | null = null
  /** The peer's next number, and the end of what it has heard; both count from the SYNs. */
  #next = 0
  #heard = 0
  #timestamps = false
  #tsVal = FIRST_TIMESTAMP
  #tsRecent = 0
  /** The highest acknowledgment that was sent. */
  #acked = 0
  #said: Told['said'] = null

  constructor(side: Side, theCase: Case, port: number) {
    this.#side = side
    this.#case = theCase
    this.#port = port
    this.#ownPort = side.port
    this.#iss = (port * 65_537) | 0
  }

  async run(): Promise<Outcome> {
    await this.#begin()
    const outcome: Told[] = []
    for (const step of [...this.#case.steps, PROBE]) {
      const acked = this.#acked
      this.#said = null
      const answer = await this.#step(step)
      outcome.push({ said: this.#said, answer, acked, acks: this.#acked })
    }
    return outcome
  }

  /** Brings the connection into the case's state. */
  async #begin(): Promise<void> {
    const { state, outstanding } = this.#case
    if (state === 'LISTEN') return
    if (state === 'SYN_SENT') {
      this.#take(await this.#side.dial(this.#port))
      return
    }
    await this.#say(plain(SYN))
    if (state === 'SYN_RECEIVED') return
    await this.#say(plain(ACK))
    // The ACK of a FIN that comes first is a matter of a moment with Linux: a timer of no length.
    await this.#say(plain(ACK | PSH, 1))
    if (state === 'CLOSE_WAIT' || state === 'LAST_ACK') await this.#say(plain(ACK | FIN))
    if (outstanding) this.#take(await this.#side.call(this.#port, 'write'))
    if (state === 'ESTABLISHED' || state === 'CLOSE_WAIT') return
    const before = this.#heard
    this.#take(await this.#side.call(this.#port, 'shutdown'))
    if (state === 'FIN_WAIT_2' || state === 'TIME_WAIT') await this.#say(plain(ACK))
    if (state === 'TIME_WAIT') await this.#say(plain(ACK | FIN))
    // The peer has not seen the FIN yet.
    if (state === 'CLOSING') await this.#say({ ...plain(ACK | FIN), ack: before - this.#heard })
  }

  async #step(step: Step): Promise<string> {
    const answers = step.kind === 'call' ? await this.#call(step.call) : await this.#say(step)
    return answers.join(' + ') || 'nothing'
  }

  async #call(call: 'write' | 'shutdown' | 'close'): Promise<string[]> {
    return this.#take(await this.#side.call(this.#port, call))
  }

  async #say(step: SegmentStep): Promise<string[]> {
    const { flags } = step
    const syn = (flags & SYN) !== 0
    const opening = syn && this.#next === 0
    const seq = opening ? step.seq : this.#next + step.seq
    const text = flags & (SYN | RST) ? 0 : step.length
    this.#said = { seq, ack: this.#heard + step.ack, length: text, end: seq + text + (flags & FIN) }
    const packet = segmentPacket({
      source: this.#side.peer,
      destination: this.#side.address,
      sourcePort: this.#port,
      destinationPort: this.#ownPort,
      seq: (this.#iss + seq) | 0,
      ack: flags & ACK ? ((this.#irs ?? 0) + this.#heard + step.ack) | 0 : 0,
      flags,
      window: step.window,
      urgent: 0,
      options: optionBytes(this.#options(step, syn), 0),
      text: new Uint8Array(text),
      ecn: 0,
    })
    const sent = this.#take(await this.#side.send(packet))
    // A step that is what comes next is remembered as sent.
    if (step.seq === 0 && !(flags & RST))
      this.#next += text + (syn && opening ? 1 : 0) + (flags & FIN && !syn ? 1 : 0)
    return sent
  }

  #options(step: SegmentStep, syn: boolean): string {
    const { timestamps, sack } = this.#case
    const val = this.#tsVal + (step.timestamp === 'old' ? -1000 : step.timestamp === 'future' ? 100_000 : 0)
    this.#tsVal++
    const stamp = `TS val ${val} ecr ${step.flags & ACK ? this.#tsRecent : 0}`
    if (syn) return `mss ${MSS}${sack ? ',nop,nop,sackOK' : ''}${timestamps ? `,nop,nop,${stamp}` : ''}`
    return this.#timestamps && step.timestamp !== 'none' ? `nop,nop,${stamp}` : ''
  }

  /** Takes what the side has sent, and tells it by numbers that count from the SYNs. */
  #take(packets: readonly Uint8Array[]): string[] {
    const lines: string[] = []
    for (const packet of packets) {
      const s = readSegment(packet, 0, false)
      if (s !== null && s.destinationPort === this.#port) lines.push(this.#line(s))
    }
    return lines
  }

  #line(s: Arrived): string {
    if (s.flags & SYN && this.#irs === null) {
      this.#irs = s.seq
      this.#ownPort = s.sourcePort
    }
    const anew = s.flags & SYN && s.seq !== this.#irs
    if (anew) this.#irs = s.seq
    const seq = (s.seq - (this.#irs ?? 0)) | 0
    const acks = (s.ack - this.#iss) | 0
    if (s.flags & ACK) this.#acked = anew ? acks : Math.max(this.#acked, acks)
    const ack = s.flags & ACK ? ` ack ${acks}` : ''
    const length = s.text.length + (s.flags & SYN ? 1 : 0) + (s.flags & FIN ? 1 : 0)
    if (!(s.flags & RST) && seq + length > this.#heard) this.#heard = seq + length
    const options = s.options.map(o => {
      if (o.kind === 'TS') {
        this.#timestamps = true
        this.#tsRecent = o.val
        return `TS ecr ${o.ecr === 0 ? 0 : (o.ecr - FIRST_TIMESTAMP) | 0}`
      }
      if (o.kind === 'sack')
        return `sack ${o.blocks.map(([l, r]) => `${(l - this.#iss) | 0}:${(r - this.#iss) | 0}`)}`
      return o.kind
    })
    return `${anew ? 'anew ' : ''}${flagsText(s.flags)} ${seq}(${s.text.length})${ack}${options.length > 0 ? ` <${options}>` : ''}`
  }
}

/** Runs a case on a side, from a port of the peer's that nobody has used. */
export const talk = (side: Side, theCase: Case, port: number): Promise<Outcome> =>
  new Talk(side, theCase, port).run()
