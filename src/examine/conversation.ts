/** One connection, as a check holds it in its hands: it says every segment, and hears every one that comes back. */
import { familyOf, formatAddress } from '../wire/address.ts'
import { ipHeaderLength } from '../wire/ip.ts'
import { ACK, FIN, RST, SYN, TCP_HEADER } from '../wire/tcp.ts'
import { CannotTell, Differs } from './check.ts'
import { Circumstances } from './circumstances.ts'
import { describe, describeSent, type Heard, heardOf, matches, optionOf } from './heard.ts'
import { type IcmpName, icmpError, pingPacket } from './icmp-packets.ts'
import { Inbox } from './inbox.ts'
import { type Arrived, type Flaw, segmentPacket } from './packets.ts'
import { ECN, optionBytes, parseSegment, textBytes } from './segment-text.ts'
import type { Trial } from './trial.ts'
import { ANSWER, DELAYED, GREETING, LULL, PAUSE, PINGS, SILENCE, STRANGE } from './waits.ts'

export class Conversation {
  readonly trial: Trial
  readonly sourcePort: number
  port: number
  /** Our ISS, and the examined's once its SYN has come; both as they are on the wire. */
  readonly iss: number
  irs: number | null = null
  /** SND.NXT, RCV.NXT and the window of ours: what segments carry that do not say otherwise. */
  next = 0
  rcv = 0
  window = 65_535
  /** The highest acknowledgment that has come. */
  highestAck = 0
  /** True when segments carry timestamps; then the value to send, which goes with the clock, and the one to echo. */
  timestamps = false
  tsOffset = 1_000_000
  tsRecent = 0
  /** True when text is taken and acknowledged as it comes, aside from the check. */
  reading: boolean
  /** All text so far that came in order while {@link reading}. */
  text = ''
  /** The examined's FIN has come while {@link reading}. */
  ended = false
  readonly #circumstances: Circumstances
  readonly #inbox: Inbox
  /** Segments that only opened the window, as an application that reads has it. */
  readonly #updates = new WeakSet<Heard>()
  #over = false

  constructor(trial: Trial, sourcePort: number) {
    const { wire, address, port, clock, random, talks, need } = trial.options
    this.trial = trial
    this.sourcePort = sourcePort
    this.port = need === 'dials' ? 0 : port
    this.iss = random.uint32() | 0
    this.reading = talks
    this.#inbox = new Inbox(clock)
    this.#circumstances = new Circumstances(need, this.family, trial.options.doubtful)
    wire.listen(address, sourcePort, segment => this.#hear(segment))
  }

  /** The time for an answer that is due at once. */
  get #answer(): number {
    return ANSWER * this.trial.options.patience
  }

  get now(): number {
    return this.trial.options.clock.now()
  }

  /** The family of the examined's address. */
  get family(): 4 | 6 {
    return familyOf(this.trial.options.target)
  }

  /** The largest text of a segment that the examined takes, and that the link carries, too. */
  get largest(): number {
    return this.#circumstances.mss
  }
  get full(): number {
    return Math.min(this.largest, this.mssOf(this.mtu))
  }

  get mtu(): number {
    return this.trial.options.wire.link.mtu
  }

  /** Bytes that its window has room for behind what we have sent. */
  get room(): number {
    return Math.max(0, this.#circumstances.edge - this.next)
  }

  /** The reason, if any, why a difference says nothing of the examined's TCP. */
  get excuse(): string | null {
    return this.#circumstances.excuse
  }

  /** The largest text of a segment that carries no options, on a link of this MTU. */
  mssOf(mtu: number): number {
    return mtu - ipHeaderLength(this.trial.options.target) - TCP_HEADER
  }

  /** Another connection to the same service. */
  another(sourcePort?: number): Conversation {
    return this.trial.converse(sourcePort)
  }

  /** The timestamp that a segment sent now carries: one tick a millisecond. */
  get tsVal(): number {
    return (this.tsOffset + Math.floor(this.now)) % 2 ** 32
  }

  /**
   * Sends a segment. What it does not say is what is next: SND.NXT, RCV.NXT, our window, timestamps once they are agreed on.
   * @param text instead of letters by sequence number
   * @param beyond it is to lie beyond the window, or to be larger than the examined takes
   */
  send(
    line: string,
    {
      text,
      flaw,
      beyond = false,
    }: { readonly text?: string; readonly flaw?: Flaw; readonly beyond?: boolean } = {},
  ): void {
    const { target, address } = this.trial.options
    const s = parseSegment(line)
    const seq = s.seq ?? this.next
    const ack = s.ack ?? (s.flags & ACK ? this.rcv : 0)
    const options = s.options ?? (this.timestamps ? this.timestampsText() : '')
    const packet = segmentPacket({
      source: address,
      destination: target,
      sourcePort: this.sourcePort,
      destinationPort: this.port,
      seq: (seq + this.iss) | 0,
      ack: s.flags & ACK || s.ack !== null ? (ack + (this.irs ?? 0)) | 0 : 0,
      flags: s.flags,
      window: s.window ?? this.window,
      urgent: s.urgent ?? 0,
      options: optionBytes(options, this.irs ?? 0),
      text: textBytes(seq, s.length, text),
      ecn: s.ecn ?? ECN.noecn,
      ...(flaw === undefined ? {} : { flaw }),
    })
    this.#circumstances.sent(s.flags, seq, s.length, beyond)
    if (seq === this.next && flaw === undefined)
      this.next += s.length + (s.flags & SYN ? 1 : 0) + (s.flags & FIN ? 1 : 0)
    this.#say(packet, describeSent(s, seq, ack, options) + (flaw === undefined ? '' : ` (wrong: ${flaw})`))
  }

  /** The timestamps option with the two NOPs before it. */
  timestampsText(val = this.tsVal, ecr = this.tsRecent): string {
    return `nop,nop,TS val ${val} ecr ${ecr}`
  }

  /**
   * Sends an ICMP error about a packet of the examined, from the examiner's address.
   * @throws CannotTell where the family has no such error
   */
  icmp(name: IcmpName, quoted: Uint8Array, mtu = 0): void {
    const { address, target } = this.trial.options
    const packet = icmpError(name, address, target, quoted, mtu)
    if (packet === null) throw new CannotTell(`IPv6 has no '${name}'`)
    this.#say(packet, `icmp ${name}${mtu > 0 ? ` mtu ${mtu}` : ''}`)
  }

  #say(packet: Uint8Array, text: string): void {
    this.trial.record('out', packet, text)
    this.trial.options.wire.send(packet)
  }

  /** Pings the examined. @returns whether it answers */
  async pinged(): Promise<boolean> {
    const { address, target, wire, patience } = this.trial.options
    let answered = false
    wire.listenPing(address, from => {
      answered ||= from === target
    })
    this.#say(pingPacket(address, target), 'ping')
    for (let n = 0; n < PINGS && !answered; n++) await this.wait((patience * ANSWER) / PINGS)
    return answered
  }

  /** The handshake. @returns the SYN,ACK. @throws CannotTell when there is no connection to be had */
  async open(options = 'mss 1460', window = 65_535): Promise<Heard> {
    this.window = window
    this.send(`S 0:0(0) win ${Math.min(window, 65_535)} <${options}>`)
    const answer = await this.#inbox.take(this.now + this.#answer)
    if (answer === null || (answer.flags & (SYN | ACK | RST)) !== (SYN | ACK))
      throw new CannotTell(
        `no connection: ${answer === null ? 'nothing' : describe(answer)} came for the SYN`,
      )
    this.timestamps = /\bTS\b/.test(options) && optionOf(answer, 'TS') !== undefined
    this.send('.')
    if (this.trial.options.doubtful) await this.#greeted()
    return answer
  }

  /** Until an application that greets has done so. */
  async #greeted(): Promise<void> {
    for (let n = 0, before = 0; n < GREETING && (n === 0 || this.rcv > before); n++) {
      before = this.rcv
      await this.wait(SILENCE)
    }
  }

  /** Has the examined connect to us, and waits for its SYN. @throws CannotTell when it does not */
  async dialled(): Promise<Heard> {
    const { dial, address } = this.trial.options
    await dial!(formatAddress(address), this.sourcePort)
    const syn = await this.#inbox.take(this.now + 5 * this.#answer)
    if (syn === null || !(syn.flags & SYN)) throw new CannotTell('it was asked to connect, but no SYN came')
    return syn
  }

  /** The next segment, which must be this one; fields that are left out may be anything. @throws Differs */
  async expect(line: string, what: string, within = this.#answer): Promise<Heard> {
    const heard = await this.#inbox.take(this.now + within)
    if (heard === null) throw new Differs(`expected ${line} (${what}), but nothing came`)
    if (!matches(heard, parseSegment(line)))
      throw new Differs(`expected ${line} (${what}), but ${describe(heard)} came`)
    return heard
  }

  /** As {@link expect}, where segments before it may be others, such as retransmissions. @throws Differs */
  async eventually(line: string, what: string, within = this.#answer): Promise<Heard> {
    const until = this.now + within
    for (let last = 'nothing'; ; ) {
      const heard = await this.#inbox.take(until)
      if (heard === null) throw new Differs(`expected ${line} (${what}), but ${last} came`)
      if (matches(heard, parseSegment(line))) return heard
      last = `only ${describe(heard)}`
    }
  }

  /** The next segment, or null when none comes in time. */
  hear(within = this.#answer): Promise<Heard | null> {
    return this.#inbox.take(this.now + within)
  }

  /** Nothing must come but that its window opens. @throws Differs */
  async silence(what: string, ms = SILENCE): Promise<void> {
    for (const heard of await this.during(ms))
      if (!this.#updates.has(heard))
        throw new Differs(`expected silence (${what}), but ${describe(heard)} came`)
  }

  /** All segments until none comes for a while. */
  async burst(lull = LULL, within = 5 * this.#answer): Promise<Heard[]> {
    const until = this.now + within
    const all: Heard[] = []
    for (;;) {
      const heard = await this.#inbox.take(
        Math.min(until, this.now + (all.length === 0 ? this.#answer : lull)),
      )
      if (heard === null) return all
      all.push(heard)
    }
  }

  /** All that comes in this time. */
  async during(ms: number): Promise<Heard[]> {
    const until = this.now + ms
    const all: Heard[] = []
    for (let heard = await this.#inbox.take(until); heard !== null; heard = await this.#inbox.take(until))
      all.push(heard)
    return all
  }

  /** Text that was sent must be acknowledged up to here. @throws Differs when it is not, or when a reset comes */
  async acked(
    upTo: number,
    what = 'an acknowledgment',
    within = DELAYED * this.trial.options.patience,
  ): Promise<void> {
    const until = this.now + within
    while (this.highestAck < upTo) {
      const heard = await this.#inbox.take(until, true)
      if (heard !== null && heard.flags & RST)
        throw new Differs(`expected ${what}, but ${describe(heard)} came`)
      if (heard === null && this.now >= until && this.highestAck < upTo)
        throw new Differs(`expected ack ${upTo} (${what}), but ack ${this.highestAck} was the last`)
    }
    // A segment that was acknowledged and echoed has been heard: the next one is another.
    this.#inbox.clear()
  }

  /** The examined's application must send back so many bytes. @throws Differs */
  async echoed(bytes: number, what = 'the text'): Promise<string> {
    const until = this.now + 2 * this.#answer
    while (this.text.length < bytes) {
      const heard = await this.#inbox.take(until, true)
      if (heard === null && this.now >= until && this.text.length < bytes)
        throw new Differs(`expected ${what} to come back, but ${this.text.length} of ${bytes} bytes came`)
    }
    this.#inbox.clear()
    return this.text
  }

  /** The connection must live: four more bytes are acknowledged. @throws Differs */
  async alive(what = 'the connection lives'): Promise<void> {
    this.#inbox.clear()
    const from = this.next
    this.send(`P. ${from}:${from + 4}(4)`)
    await this.acked(from + 4, what)
  }

  /** Neither an acknowledgment nor a reset must come; retransmissions of text, SYN and FIN may. @throws Differs */
  async unanswered(what: string, ms = SILENCE): Promise<void> {
    for (const heard of await this.during(ms))
      if (heard.length === 0 && (heard.flags & (SYN | FIN)) === 0 && !this.#updates.has(heard))
        throw new Differs(`expected silence (${what}), but ${describe(heard)} came`)
  }

  /** The connection must still be there, in whatever state: an old segment is not answered by a reset. @throws Differs */
  async exists(what = 'the connection is still there'): Promise<void> {
    // Stacks answer a connection's strange segments twice a second (RFC 5961 §7).
    for (const heard of await this.during(PAUSE))
      if (heard.flags & RST) throw new Differs(`expected that ${what}, but ${describe(heard)} came`)
    this.send(`. ${this.next - 1}:${this.next - 1}(0)`)
    const heard = await this.hear(2 * this.#answer)
    if (heard === null || heard.flags & RST)
      throw new Differs(`expected that ${what}, but ${heard === null ? 'nothing' : describe(heard)} came`)
  }

  /** Acknowledges all that was heard up to here. */
  take(upTo: number, more = ''): void {
    this.rcv = upTo
    this.send(`. ack ${upTo}${more}`)
  }

  /**
   * Nothing must be left of the connection: an ACK draws a reset with its number.
   * @param ack of what was never sent: that of its SYN might open the connection anew, where that was a cookie
   * @throws Differs
   */
  async gone(what = 'nothing is left of the connection', ack = this.rcv + STRANGE): Promise<void> {
    this.#inbox.clear()
    this.send(`. ack ${ack}`)
    // Its flags are another check's matter.
    const reset = await this.hear()
    if (reset === null || !(reset.flags & RST) || reset.seq !== ack)
      throw new Differs(`expected R (${what}), but ${reset === null ? 'nothing' : describe(reset)} came`)
  }

  /** Lets so much time pass, ms; what comes is kept. */
  wait(ms: number): Promise<void> {
    return this.trial.wait(ms)
  }

  /** Forgets what has come and was not looked at. */
  skip(): void {
    this.#inbox.clear()
  }

  /** Resets what may be left at the examined, and hears no more. */
  end(): void {
    if (this.#over) return
    this.#over = true
    const { wire, address } = this.trial.options
    // Our SYN may be on its way, or the answer to it: then the reset is known by its number alone.
    if (this.port !== 0 && this.irs === null && this.next > 0) this.send('R 1:1(0)')
    if (this.port !== 0 && this.irs !== null)
      for (const seq of new Set([this.highestAck, this.next])) this.send(`R. ${seq}:${seq}(0)`)
    wire.unlisten(address, this.sourcePort)
  }

  #hear(segment: Arrived): void {
    const { target } = this.trial.options
    if (this.#over || segment.source !== target) return
    // An application that was asked to connect does so from a port of its own choice.
    if (this.port === 0 && segment.flags & SYN) this.port = segment.sourcePort
    if (segment.sourcePort !== this.port) return
    if (segment.flags & SYN && this.irs === null) {
      this.irs = segment.seq
      this.rcv = 1
    }
    const heard = heardOf(segment, this.iss, this.irs ?? 0)
    this.trial.record('in', segment.bytes, describe(heard))
    if (this.#circumstances.heard(heard)) this.#updates.add(heard)
    if (segment.flags & ACK && !(segment.flags & RST)) this.highestAck = Math.max(this.highestAck, heard.ack)
    this.tsRecent = optionOf(heard, 'TS')?.val ?? this.tsRecent
    if (!this.#readAside(heard)) this.#inbox.push(heard)
    this.#inbox.stir()
  }

  /** Takes text and acknowledges it, where the check leaves that to us. */
  #readAside(heard: Heard): boolean {
    if (!this.reading || heard.flags & (SYN | RST) || heard.length === 0) return false
    if (heard.seq <= this.rcv && heard.end > this.rcv) {
      this.text += Array.from(heard.text.subarray(this.rcv - heard.seq), byte =>
        String.fromCharCode(byte),
      ).join('')
      this.rcv = heard.end
      if (heard.flags & FIN) {
        this.rcv++
        this.ended = true
      }
    }
    this.send(`. ack ${this.rcv}`)
    return true
  }
}
