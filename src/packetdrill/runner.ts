/** Runs a script against a host of its own, in virtual time. */
import { Host } from '../host/host.ts'
import type { Result } from '../posix/call.ts'
import { cookieByKey } from '../posix/fast-open-key.ts'
import { LinuxProfile } from '../posix/linux-profile.ts'
import { Sockets } from '../posix/sockets.ts'
import { INFO_OPTIONS, TCP_STATES } from '../posix/tcp-info.ts'
import { SeededRandom } from '../sim/seeded-random.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { Connection } from '../tcp/connection.ts'
import type { TraceSink } from '../tcp/events.ts'
import type { TcpOptions } from '../tcp/options.ts'
import { tcpInfo } from '../tcp/tcp-info.ts'
import { parseAddress } from '../wire/address.ts'
import { type Seq, seqDiff } from '../wire/sequence.ts'
import { ACK, SYN } from '../wire/tcp.ts'
import type {
  CodeBlock,
  IcmpPacket,
  Script,
  ScriptEvent,
  ShellCommand,
  SystemCall,
  TcpPacket,
} from './ast.ts'
import { aggregate, differences } from './compare.ts'
import { type Config, ConfigError, configure } from './config.ts'
import { CallError, numberOf } from './evaluate.ts'
import { unsupportedFeature } from './features.ts'
import { buildIcmp, buildTcp } from './inbound.ts'
import { formatExpected, formatLive, type LivePacket, readPacket } from './live-packet.ts'
import { type LadderLine, Mismatch, type Outcome, Skip, seconds } from './outcome.ts'
import { AssertionFailure, Python } from './python.ts'
import { PythonError } from './python-lexer.ts'
import { interpretShell, type ReadFile, type ShellAction } from './shell.ts'
import { SYMBOLS } from './symbols.ts'
import { type Begun, beginCall, compareResult } from './system-calls.ts'
import { UnderTest } from './under-test.ts'
import { isTcp, type SentPacket, Wire } from './wire.ts'

export interface RunOptions {
  readonly config: Partial<Config>
  /** Reads files that commands run, relative to the script's folder. */
  readonly readFile: ReadFile
  /** A reader of the host's event stream. */
  readonly trace?: TraceSink | null
}

/** Where virtual time begins, ms: a clock that starts at 0 is one that never was anywhere. */
const START = 1_000_000

/** How long past its time a packet is waited for, and how long one of any time, µs. */
const GRACE = 2_000_000
const LONGEST_WAIT = 600_000_000

/** How long past its time a blocking call is waited for, µs. */
const CALL_GRACE = 1_000_000

/** Callbacks of the stack between two events: more never end. */
const BUSY = 5_000_000

/** Lines of the ladder that are kept. */
const LADDER = 100_000

/** The first port of peers that connect. */
const PEER_PORT = 53_055

/** A call that the script lets block. */
interface Blocked {
  readonly event: ScriptEvent
  readonly action: SystemCall
  readonly begun: Begun
  readonly start: number
  readonly expectedEnd: number
  end: number
}

/** Runs a script to its end or its first failure. Never throws for what a script or the stack does. */
export const runScript = (script: Script, options: RunOptions): Outcome => new Run(script, options).outcome()

class Run {
  readonly #script: Script
  readonly #lines: readonly string[]
  readonly #options: RunOptions
  readonly #profile = new LinuxProfile()
  readonly #saved = new Map<string, string>()
  readonly #clock = new VirtualClock({ start: START })
  readonly #ladder: LadderLine[] = []
  readonly #printed: string[] = []
  readonly #descriptors = new Map<number, number>()
  readonly #python: Python
  #config!: Config
  #host!: Host
  #sockets!: Sockets
  #wire!: Wire
  #current: UnderTest | null = null
  readonly #all: UnderTest[] = []
  #peers = 0
  /** The time after the previous event, µs: what relative times count from. */
  #base = 0
  #blocked: Blocked[] = []
  /** The counter at the last look (nstat). */
  #counted = 0
  /** TCP_INFO of the socket under test at the block of code that runs. */
  #info: Readonly<Record<string, number>> = {}

  constructor(script: Script, options: RunOptions) {
    this.#script = script
    this.#lines = script.text.split('\n')
    this.#options = options
    this.#python = new Python(
      name => this.#outside(name),
      text => this.#printed.push(text),
    )
  }

  get #now(): number {
    return Math.round((this.#clock.now() - START) * 1000)
  }

  outcome(): Outcome {
    const { file } = this.#script
    const common = { file, ladder: this.#ladder, printed: this.#printed }
    try {
      this.#run()
      return { ...common, result: 'pass', reason: '', line: 0, details: [], seconds: this.#now / 1e6 }
    } catch (error) {
      const at = { seconds: this.#now / 1e6 }
      if (error instanceof Skip)
        return { ...common, ...at, result: 'skip', reason: error.message, line: 0, details: [] }
      if (error instanceof Mismatch)
        return {
          ...common,
          ...at,
          result: 'fail',
          reason: error.message,
          line: error.line,
          details: error.details,
        }
      if (error instanceof ConfigError)
        return {
          ...common,
          ...at,
          result: 'fail',
          reason: error.message,
          line: error.option.line,
          details: [],
        }
      // Exceptions of the stack are its bugs: the script has found one.
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return {
        ...common,
        ...at,
        result: 'fail',
        reason: `exception: ${stack.split('\n')[0]}`,
        line: 0,
        details: stack.split('\n').slice(1),
      }
    } finally {
      // What the stack would still do concerns nobody.
      if (this.#host !== undefined) {
        this.#host.trace = null
        this.#wire.close()
      }
    }
  }

  #run(): void {
    const script = this.#script
    this.#config = configure(script.options, this.#options.config)
    const feature = unsupportedFeature(script, this.#config.ipVersion)
    if (feature !== null) throw new Skip(feature)
    this.#surroundings()
    if (script.init !== null) this.#shell(script.init, script.init.line)
    this.#start()
    const [first] = script.events
    if (first!.time.type === 'any' || first!.time.start !== 0)
      throw new Mismatch(first!.line, 'the first event must be at time 0')
    for (const event of script.events) this.#event(event)
    this.#finishCalls()
  }

  #start(): void {
    const config = this.#config
    this.#wire = new Wire(this.#clock, config.mtu, packet => this.#saw(packet))
    this.#host = new Host({
      clock: this.#clock,
      random: new SeededRandom(1),
      tcp: this.#profile.options,
      trace: this.#options.trace ?? null,
      report: error => {
        throw error
      },
    })
    this.#host.attach(this.#wire, [`${config.localAddress}/16`])
    this.#sockets = new Sockets(this.#host)
    this.#fastOpen()
  }

  /** Fast open is the sockets' business, its cookies are the host's. */
  #fastOpen(): void {
    this.#sockets.policy.fastOpen = this.#profile.fastOpen
    this.#sockets.policy.linuxBuffers = true
    const key = this.#profile.fastOpenKey
    this.#host.fastOpens.cookies.custom = key === null ? null : cookieByKey(key)
  }

  // Events

  #event(event: ScriptEvent): void {
    const { action } = event
    if (action.kind === 'tcp' && action.direction === 'out') {
      this.#outbound(event, action)
    } else {
      if (action.kind === 'icmp' && action.direction === 'out')
        throw new Skip('outbound ICMP packets are not compared')
      this.#wait(this.#expected(event).from)
      switch (action.kind) {
        case 'tcp':
          this.#inbound(event, action)
          break
        case 'icmp':
          this.#icmp(event, action)
          break
        case 'call':
          this.#call(event, action)
          break
        case 'shell':
          this.#shell(action, event.line)
          break
        case 'code':
          this.#code(event, action)
          break
      }
      this.#settle(event.line)
    }
    this.#base = this.#now
  }

  /** When the event is to happen, µs: from and to are the same but for ranges. */
  #expected({ time }: ScriptEvent): { from: number; to: number } {
    const base = time.type === 'relative' || time.type === 'relative-range' ? this.#base : 0
    return { from: base + time.start, to: base + time.end }
  }

  #wait(until: number): void {
    this.#clock.run(START + until / 1000, BUSY)
  }

  #settle(line: number): void {
    try {
      this.#clock.settle(BUSY)
    } catch (error) {
      throw new Mismatch(line, (error as Error).message)
    }
  }

  #log(text: string, time = this.#now): void {
    if (this.#ladder.length < LADDER) this.#ladder.push({ time, text })
  }

  #saw({ bytes, time }: SentPacket): void {
    const at = Math.round(time - START * 1000)
    if (!isTcp(bytes)) {
      this.#log(`> (no TCP packet, ${bytes.length} bytes)`, at)
      return
    }
    const live = readPacket({ bytes, time: at })
    const socket = this.#all.findLast(s => belongs(live, s)) ?? this.#current
    if (socket === null) return
    if (live.flags & SYN && socket.localIsn === null) this.#log(formatLive(live, guess(socket, live)), at)
    else this.#log(formatLive(live, socket), at)
  }

  // Packets

  #inbound(event: ScriptEvent, packet: TcpPacket): void {
    const socket = this.#socketFor(packet)
    if (packet.flags & SYN && !this.#synchronized(socket)) socket.remoteIsn = packet.seq
    this.#log(formatExpected(packet))
    try {
      this.#wire.deliver(buildTcp(packet, socket, this.#config.tsEcrScaled), this.#config.mss)
    } catch (error) {
      throw new Mismatch(event.line, (error as Error).message)
    }
  }

  /** Whether the peer's SYN was taken for good: another begins nothing. (On a listener's connection it may.) */
  #synchronized(s: UnderTest): boolean {
    const c = this.#host.connections.get(s.localAddress, s.localPort, s.remoteAddress, s.remotePort)
    return c instanceof Connection && (c.synchronized || (c.active && c.state === 'SYN_RECEIVED'))
  }

  /** An inbound packet to a listener makes the socket under test its child. */
  #socketFor(packet: TcpPacket): UnderTest {
    if (this.#current !== null && !this.#current.listening) return this.#current
    const { localAddress, remoteAddress, bindPort } = this.#config
    const child = new UnderTest(
      null,
      parseAddress(localAddress),
      packet.ports?.destination ?? bindPort,
      parseAddress(remoteAddress),
      packet.ports?.source ?? PEER_PORT + this.#peers++,
    )
    this.#all.push(child)
    this.#current = child
    return child
  }

  #icmp(event: ScriptEvent, packet: IcmpPacket): void {
    const socket = this.#current
    if (socket === null) throw new Mismatch(event.line, 'there is no socket that the ICMP message is about')
    this.#log(`< icmp ${packet.type} ${packet.code ?? ''}`)
    try {
      this.#wire.deliver(buildIcmp(packet, socket), 0)
    } catch (error) {
      throw new Mismatch(event.line, (error as Error).message)
    }
  }

  #outbound(event: ScriptEvent, expected: TcpPacket): void {
    const socket = this.#current
    if (socket === null) throw new Mismatch(event.line, 'there is no socket that could send a packet')
    const { from, to } = this.#expected(event)
    const any = event.time.type === 'any'
    const deadline = any ? this.#now + LONGEST_WAIT : Math.max(this.#now, to) + GRACE
    const parts: LivePacket[] = []
    let length = 0
    do {
      const part = this.#nextSent(socket, deadline)
      if (part === null)
        throw new Mismatch(event.line, this.#missing(parts, deadline), this.#both(expected, null, socket))
      parts.push(part)
      length += part.length
      if (parts.length === 1) this.#begins(event, expected, part, socket)
    } while (!this.#config.strictSegments && length < expected.length && parts.at(-1)!.length > 0)
    const whole = aggregate(parts)
    if (whole === null)
      throw new Mismatch(
        event.line,
        'the segments are not parts of one packet: of other sizes, with gaps, or with other acknowledgments, windows or flags',
        [
          `expected  ${formatExpected(expected)}`,
          ...parts.map(part => `came      ${formatLive(part, socket)}`),
        ],
      )
    const wrong = differences(expected, whole, socket, this.#config)
    if (!any) wrong.push(...this.#lateness(event, whole.time, from, to))
    if (wrong.length > 0)
      throw new Mismatch(event.line, wrong.join('; '), this.#both(expected, whole, socket))
  }

  /** Whether this is the first segment that is expected, before others are looked for to complete it. */
  #begins(event: ScriptEvent, expected: TcpPacket, part: LivePacket, socket: UnderTest): void {
    if (part.flags & SYN && expected.flags & SYN) {
      // In the script's SYN its own sequence numbers begin.
      socket.localIsn = part.seq
      socket.scriptLocalIsn = expected.seq
    }
    if (part.length >= expected.length) return
    const wrong = differences(expected, part, socket, this.#config).filter(text => /^(?:seq|ack):/.test(text))
    if (wrong.length > 0) throw new Mismatch(event.line, wrong.join('; '), this.#both(expected, part, socket))
  }

  #missing(parts: readonly LivePacket[], deadline: number): string {
    const what = parts.length === 0 ? 'no packet came' : 'the rest of the packet did not come'
    const never = this.#clock.idle ? ', and none ever would' : ''
    return `${what} until ${seconds(deadline)}${never}`
  }

  #both(expected: TcpPacket, live: LivePacket | null, socket: UnderTest): string[] {
    const came = live === null ? 'nothing' : `${formatLive(live, socket)}  at ${seconds(live.time)}`
    return [`expected  ${formatExpected(expected)}`, `came      ${came}`]
  }

  /** The next packet of the socket's that has been sent, or will be until `deadline` (µs). */
  #nextSent(socket: UnderTest, deadline: number): LivePacket | null {
    for (;;) {
      const packet = this.#wire.take()
      if (packet === null) {
        if (!this.#clock.step(START + deadline / 1000)) return null
        continue
      }
      if (!isTcp(packet.bytes)) continue
      const live = readPacket({ bytes: packet.bytes, time: Math.round(packet.time - START * 1000) })
      if (socket.localPort === 0 && isOpening(live, socket)) socket.localPort = live.sourcePort
      if (belongs(live, socket)) return live
    }
  }

  #lateness(event: ScriptEvent, actual: number, from: number, to: number): string[] {
    const tolerance = this.#tolerance(from - this.#base)
    if (actual >= from - tolerance && actual <= to + tolerance) return []
    const expected = from === to ? seconds(from) : `${seconds(from)} to ${seconds(to)}`
    const late = actual < from ? 'early' : 'late'
    const relative = event.time.type.startsWith('relative')
      ? ` (${seconds(actual - this.#base)} after the event before)`
      : ''
    return [
      `time: expected ${expected} ± ${seconds(tolerance)}, came ${late} at ${seconds(actual)}${relative}`,
    ]
  }

  #tolerance(gap: number): number {
    return Math.max(this.#config.toleranceUs, (Math.max(0, gap) * this.#config.tolerancePercent) / 100)
  }

  // System calls

  #call(event: ScriptEvent, action: SystemCall): void {
    this.#finishCalls()
    const { localAddress, remoteAddress, bindPort, connectPort } = this.#config
    this.#log(this.#source(event, action.name))
    let begun: Begun
    try {
      begun = beginCall(action, {
        sockets: this.#sockets,
        local: { address: parseAddress(localAddress), port: bindPort },
        remote: { address: parseAddress(remoteAddress), port: connectPort },
        descriptor: script => this.#descriptors.get(script) ?? script,
      })
    } catch (error) {
      if (error instanceof CallError) throw new Mismatch(event.line, `${action.name}(): ${error.message}`)
      throw error
    }
    const start = this.#now
    this.#began(action, begun)
    if (action.end !== null) {
      const base = event.time.type === 'absolute' ? 0 : start - event.time.start
      const blocked = { event, action, begun, start, expectedEnd: base + action.end, end: -1 }
      begun.call.whenDone(() => {
        blocked.end = this.#now
      })
      this.#blocked.push(blocked)
      return
    }
    // It may take its time as long as the script has nothing else to do.
    const deadline = start + LONGEST_WAIT
    this.#settle(event.line)
    while (begun.call.result === null)
      if (!this.#clock.step(START + deadline / 1000))
        throw new Mismatch(
          event.line,
          `${action.name}() still blocks after ${(deadline - start) / 1e6} s of virtual time: the script never ends`,
        )
    this.#judge(event, action, begun)
  }

  /** The call as it stands in the script, of its first line. */
  #source({ line }: ScriptEvent, name: string): string {
    const text = this.#lines[line - 1] ?? ''
    const at = text.indexOf(name)
    return at < 0 ? `${name}(…)` : text.slice(at).trimEnd()
  }

  /** Keeps account of what the call means for the sockets, as soon as it has a result. */
  #began(action: SystemCall, begun: Begun): void {
    if (action.name === 'listen') this.#listens(action)
    begun.call.whenDone(result => {
      if (result.ok && (action.name === 'socket' || action.name === 'accept')) this.#opened(action, result)
    })
  }

  #listens(action: SystemCall): void {
    const fd = this.#descriptors.get(numberOf(action.arguments[0], 'the descriptor'))
    const socket = this.#all.findLast(s => s.fd === fd)
    if (socket === undefined) return
    socket.listening = true
  }

  #opened(action: SystemCall, result: Result<number> & { ok: true }): void {
    if (action.result.kind === 'integer') this.#descriptors.set(action.result.value, result.value)
    const { localAddress, remoteAddress } = this.#config
    if (action.name === 'socket') {
      // Until it listens it may be one that connects.
      this.#current = new UnderTest(
        result.value,
        parseAddress(localAddress),
        0,
        parseAddress(remoteAddress),
        this.#config.connectPort,
      )
      this.#all.push(this.#current)
      return
    }
    const c = this.#sockets.get(result.value)?.connection
    const child = this.#all.findLast(s => s.remotePort === c?.remotePort && s.localPort === c?.localPort)
    if (child !== undefined) child.fd = result.value
  }

  #judge(event: ScriptEvent, action: SystemCall, begun: Begun): void {
    const wrong =
      compareResult(action, begun.call.result!) ?? (begun.call.result!.ok ? begun.check?.() : null)
    if (wrong) throw new Mismatch(event.line, `${action.name}() ${wrong}`)
  }

  /** The calls that block must have ended, at their time, before the next one. */
  #finishCalls(): void {
    for (const { event, action, begun, start, expectedEnd } of this.#blocked) {
      const deadline = Math.max(this.#now, expectedEnd) + CALL_GRACE
      while (begun.call.result === null && this.#clock.step(START + deadline / 1000));
      if (begun.call.result === null)
        throw new Mismatch(
          event.line,
          `${action.name}() has not returned until ${seconds(deadline)}: it was to return at ${seconds(expectedEnd)} (begun at ${seconds(start)})`,
        )
    }
    const blocked = this.#blocked
    this.#blocked = []
    for (const { event, action, begun, start, expectedEnd, end } of blocked) {
      this.#judge(event, action, begun)
      const tolerance = this.#tolerance(expectedEnd - start)
      if (Math.abs(end - expectedEnd) > tolerance)
        throw new Mismatch(
          event.line,
          `${action.name}() returned at ${seconds(end)}, not at ${seconds(expectedEnd)} ± ${seconds(tolerance)}`,
        )
    }
  }

  // Commands and code

  /** Skips what needs more than a stack before any of it is run. */
  #surroundings(): void {
    for (const { action } of this.#script.events)
      if (action.kind === 'shell')
        for (const found of interpretShell(action.command, this.#options.readFile))
          if (found.kind === 'unsupported') this.#shellAction(found, action.line)
  }

  #shell(command: ShellCommand, line: number): void {
    for (const action of interpretShell(command.command, this.#options.readFile))
      this.#shellAction(action, line)
  }

  #shellAction(action: ShellAction, line: number): void {
    switch (action.kind) {
      case 'unsupported':
        throw new Skip(`a command of the surroundings: ${action.what}`)
      case 'listening':
        if (![...this.#host.listeners].some(listener => listener.localPort === action.port))
          throw new Mismatch(line, `no socket listens on port ${action.port}`)
        break
      case 'counter': {
        const count = this.#host.drops['icmp-sequence']
        if (action.name !== null && count <= this.#counted)
          throw new Mismatch(line, `the counter ${action.name} has not grown`)
        this.#counted = count
        break
      }
      case 'pacing': {
        const before = this.#profile.options
        this.#profile.paced = action.on
        this.#changed(before)
        break
      }
      case 'forget':
        this.#host?.fastOpens.cache.clear()
        break
      case 'either': {
        const missing = action.first.some(a => a.kind === 'sysctl' && !this.#profile.knows(a.name))
        for (const each of missing ? action.second : action.first) this.#shellAction(each, line)
        break
      }
      case 'restore':
        for (const [name, value] of this.#saved) this.#setSysctl(name, value, line)
        break
      case 'sysctl':
        if (action.restorable && !this.#saved.has(action.name))
          this.#saved.set(action.name, this.#profile.get(action.name) ?? '')
        this.#setSysctl(action.name, action.value, line)
        break
    }
  }

  #setSysctl(name: string, value: string, line: number): void {
    const before = this.#profile.options
    if (!this.#profile.set(name, value) && name.startsWith('tuntcp.'))
      throw new Mismatch(line, `the stack has no option '${name}'`)
    try {
      this.#changed(before)
    } catch (error) {
      throw new Mismatch(line, `sysctl ${name}=${value}: ${(error as Error).message}`)
    }
  }

  /** Sockets to come have the profile's options as they are now. @throws RangeError for one out of bounds */
  #changed(before: TcpOptions): void {
    const after = this.#profile.options
    if (this.#host === undefined) return
    const changed: Partial<TcpOptions> = {}
    for (const key of Object.keys(after) as (keyof TcpOptions)[])
      if (after[key] !== before[key]) Object.assign(changed, { [key]: after[key] })
    this.#sockets.configure(changed)
    this.#fastOpen()
  }

  #code(event: ScriptEvent, { code }: CodeBlock): void {
    const fd = this.#current?.fd ?? null
    const c = fd === null ? null : (this.#sockets.last(fd)?.connection ?? null)
    this.#info = c === null ? {} : { ...tcpInfo(c), ...linuxInfo(c) }
    try {
      this.#python.run(code)
    } catch (error) {
      if (error instanceof AssertionFailure)
        throw new Mismatch(event.line + error.line, `assertion failed: ${error.message}`)
      if (error instanceof PythonError)
        throw new Mismatch(event.line + error.line, `Python: ${error.message}`)
      throw error
    }
  }

  #outside(name: string): number | undefined {
    if (name.startsWith('tcpi_')) return this.#info[name]
    return Object.hasOwn(SYMBOLS, name) ? SYMBOLS[name] : undefined
  }
}

/** Where Linux counts otherwise than {@link tcpInfo} says it. */
const linuxInfo = (c: Connection): Record<string, number> => {
  let lost = 0
  let again = 0
  const mss = Math.max(1, c.snd.mss)
  for (let t = c.flight.first; t !== null; t = t.next) {
    if (t.lost && !t.sacked) lost += Math.ceil(t.length / mss)
    // What the SYN has carried, and its SYN,ACK not taken.
    if (!t.retransmitted && t.underWay && isEarlyText(c, t.seq)) again += Math.ceil(t.length / mss)
  }
  return {
    tcpi_retrans: tcpInfo(c).tcpi_retrans + again,
    // A TIME-WAIT record takes the socket's place.
    tcpi_state: c.state === 'TIME_WAIT' ? TCP_STATES.TCP_CLOSE! : tcpInfo(c).tcpi_state,
    tcpi_lost: lost,
    // Opened by a cookie alone there was no text on the SYN.
    tcpi_options:
      c.fastOpen?.opened && c.fastOpen.text === 0
        ? tcpInfo(c).tcpi_options & ~INFO_OPTIONS.TCPI_OPT_SYN_DATA!
        : tcpInfo(c).tcpi_options,
    // Counted from the handshake's end as long as nothing has come.
    ...(c.tally.receivedAt < 0 ? { tcpi_last_data_recv: Math.round(c.env.now - c.stateSince) } : {}),
    // The SYN counts as delivered, with its text as one.
    tcpi_delivered:
      Math.ceil((c.rate.delivered - (c.fastOpen?.delivered ? c.fastOpen.text : 0)) / mss) +
      (c.synAcked ? 1 : 0),
  }
}

const isEarlyText = (c: Connection, seq: Seq): boolean => {
  const f = c.fastOpen
  return f !== null && !f.opened && c.synAcked && seqDiff(seq, c.snd.iss) <= f.text
}

/** Whether a packet was sent by this socket. */
const belongs = (p: LivePacket, s: UnderTest): boolean =>
  p.sourcePort === s.localPort &&
  p.destinationPort === s.remotePort &&
  p.destination === s.remoteAddress &&
  p.source === s.localAddress

/** The SYN of a socket whose ephemeral port is not known yet. */
const isOpening = (p: LivePacket, s: UnderTest): boolean =>
  (p.flags & (SYN | ACK)) === SYN && p.destinationPort === s.remotePort && p.destination === s.remoteAddress

/** For the ladder: a SYN that has not been compared yet begins at 0. */
const guess = (socket: UnderTest, live: LivePacket): UnderTest => {
  const shown = new UnderTest(null, socket.localAddress, 0, socket.remoteAddress, 0)
  shown.localIsn = live.seq
  shown.remoteIsn = socket.remoteIsn
  return shown
}
