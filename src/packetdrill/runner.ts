/** Runs a script against a host of its own, in virtual time. */
import { Host } from '../host/host.ts'
import { Sockets } from '../posix/sockets.ts'
import { SeededRandom } from '../sim/seeded-random.ts'
import { Connection } from '../tcp/block/connection.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import { ACK, SYN } from '../wire/tcp.ts'
import type { CodeBlock, IcmpPacket, Script, ScriptEvent, TcpPacket } from './ast.ts'
import { Calls } from './calls.ts'
import { type Config, ConfigError, configure, type IpVersion } from './config.ts'
import { unsupportedFeature } from './features.ts'
import { buildIcmp, buildTcp } from './inbound.ts'
import { linuxInfo } from './linux-info.ts'
import { formatExpected, formatLive, readPacket } from './live-packet.ts'
import { Outbound } from './outbound.ts'
import { Mismatch, type Outcome, Skip } from './outcome.ts'
import { AssertionFailure, Python } from './python.ts'
import { PythonError } from './python-lexer.ts'
import type { ReadFile } from './shell.ts'
import { SocketsUnderTest } from './sockets-under-test.ts'
import { Surroundings } from './surroundings.ts'
import { SYMBOLS } from './symbols.ts'
import { Timeline } from './timeline.ts'
import { UnderTest } from './under-test.ts'
import { type SentPacket, Wire } from './wire.ts'

export interface RunOptions {
  readonly config: Partial<Config>
  /** Reads files that commands run, relative to the script's folder. */
  readonly readFile: ReadFile
  /** A reader of the host's event stream. */
  readonly trace?: TraceSink | null
}

/** Bits of the network that the stack is in: the peer is outside. */
const PREFIX_LENGTH: Readonly<Record<IpVersion, number>> = { ipv4: 16, ipv6: 48, 'ipv4-mapped-ipv6': 16 }

/** Runs a script to its end or its first failure. Never throws for what a script or the stack does. */
export const runScript = (script: Script, options: RunOptions): Outcome => new Run(script, options).outcome()

class Run {
  readonly #script: Script
  readonly #options: RunOptions
  readonly #timeline = new Timeline()
  readonly #surroundings: Surroundings
  readonly #printed: string[] = []
  readonly #python: Python
  #config!: Config
  #host!: Host
  #sockets!: Sockets
  #wire!: Wire
  #underTest!: SocketsUnderTest
  #outbound!: Outbound
  #calls!: Calls
  /** TCP_INFO of the socket under test at the block of code that runs. */
  #info: Readonly<Record<string, number>> = {}

  constructor(script: Script, options: RunOptions) {
    this.#script = script
    this.#options = options
    this.#surroundings = new Surroundings(options.readFile)
    this.#python = new Python(
      name => this.#outside(name),
      text => this.#printed.push(text),
    )
  }

  outcome(): Outcome {
    let judgment: Pick<Outcome, 'result' | 'reason' | 'line' | 'details'>
    try {
      this.#run()
      judgment = { result: 'pass', reason: '', line: 0, details: [] }
    } catch (error) {
      judgment = judge(error)
    } finally {
      // Nobody looks at what the stack would still do.
      if (this.#host !== undefined) {
        this.#host.trace = null
        this.#wire.close()
      }
    }
    const { ladder, now } = this.#timeline
    return { file: this.#script.file, ladder, printed: this.#printed, ...judgment, seconds: now / 1e6 }
  }

  #run(): void {
    const script = this.#script
    this.#config = configure(script.options, this.#options.config)
    const feature = unsupportedFeature(script, this.#config.ipVersion)
    if (feature !== null) throw new Skip(feature)
    this.#surroundings.check(script.events)
    if (script.init !== null) this.#surroundings.run(script.init.command, script.init.line)
    this.#start()
    const [first] = script.events
    if (first!.time.type === 'any' || first!.time.start !== 0)
      throw new Mismatch(first!.line, 'the first event must be at time 0')
    for (const event of script.events) this.#event(event)
    this.#calls.finish()
  }

  #start(): void {
    const config = this.#config
    const { clock } = this.#timeline
    this.#wire = new Wire(clock, config.mtu, packet => this.#saw(packet))
    this.#host = new Host({
      clock,
      random: new SeededRandom(1),
      tcp: this.#surroundings.profile.options,
      // Linux ends an orphan by its probes and its retransmissions alone.
      memory: { orphanTime: 0 },
      trace: this.#options.trace ?? null,
      report: error => {
        throw error
      },
    })
    this.#host.attach(this.#wire, [`${config.localAddress}/${PREFIX_LENGTH[config.ipVersion]}`])
    this.#sockets = new Sockets(this.#host)
    this.#surroundings.surround(this.#host, this.#sockets, this.#wire)
    this.#underTest = new SocketsUnderTest(config)
    this.#outbound = new Outbound(this.#timeline, this.#wire, config)
    const lines = this.#script.text.split('\n')
    this.#calls = new Calls(lines, this.#timeline, this.#sockets, this.#underTest, config)
  }

  #event(event: ScriptEvent): void {
    const { action } = event
    if (action.kind === 'tcp' && action.direction === 'out') {
      const socket = this.#underTest.current
      if (socket === null) throw new Mismatch(event.line, 'there is no socket that could send a packet')
      this.#outbound.expect(event, action, socket)
    } else {
      if (action.kind === 'icmp' && action.direction === 'out')
        throw new Skip('outbound ICMP packets are not compared')
      this.#timeline.wait(this.#timeline.expected(event).from)
      switch (action.kind) {
        case 'tcp':
          this.#inbound(event, action)
          break
        case 'icmp':
          this.#icmp(event, action)
          break
        case 'call':
          this.#calls.begin(event, action)
          break
        case 'shell':
          this.#surroundings.run(action.command, event.line)
          break
        case 'code':
          this.#code(event, action)
          break
      }
      this.#timeline.settle(event.line)
    }
    this.#timeline.base = this.#timeline.now
  }

  /** Shows a packet of the host's on the ladder. */
  #saw({ bytes, time }: SentPacket): void {
    const at = this.#timeline.fromClock(time)
    const live = readPacket({ bytes, time: at })
    if (live === null) {
      this.#timeline.log(`> (no TCP packet, ${bytes.length} bytes)`, at)
      return
    }
    const socket = this.#underTest.sending(live)
    if (socket === null) return
    if (live.flags & SYN && socket.localIsn === null) {
      // A SYN that has not been compared yet begins at 0.
      const shown = new UnderTest(null, socket.localAddress, 0, socket.remoteAddress, 0)
      shown.localIsn = live.seq
      shown.remoteIsn = socket.remoteIsn
      this.#timeline.log(formatLive(live, shown), at)
    } else this.#timeline.log(formatLive(live, socket), at)
  }

  #inbound(event: ScriptEvent, packet: TcpPacket): void {
    const socket = this.#underTest.receiving(packet)
    if (packet.flags & SYN && this.#takesSyn(socket, packet)) socket.remoteIsn = packet.seq
    this.#timeline.log(formatExpected(packet))
    try {
      this.#wire.deliver(buildTcp(packet, socket, this.#config.tsEcrScaled), this.#config.mss)
    } catch (error) {
      throw new Mismatch(event.line, (error as Error).message)
    }
    if (packet.flags & SYN) this.#reopened(socket, packet)
  }

  /** Returns whether the peer's numbers begin at this SYN. Once its SYN was taken for good another begins nothing. */
  #takesSyn(s: UnderTest, packet: TcpPacket): boolean {
    const c = this.#connectionOf(s)
    if (c instanceof Connection) return !(c.synchronized || (c.active && c.state === 'SYN_RECEIVED'))
    // In TIME-WAIT a SYN may begin a connection, which is seen only once it has; a SYN,ACK never does.
    return c === null || (s.remoteIsn === null && !(packet.flags & ACK))
  }

  /** A SYN that has ended a TIME-WAIT begins the peer's numbers anew. */
  #reopened(s: UnderTest, packet: TcpPacket): void {
    const c = this.#connectionOf(s)
    if (c instanceof Connection && c.state === 'SYN_RECEIVED' && c.rcv.irs === (packet.seq | 0))
      s.remoteIsn = packet.seq
  }

  #connectionOf(s: UnderTest) {
    return this.#host.connections.get(s.localAddress, s.localPort, s.remoteAddress, s.remotePort)
  }

  #icmp(event: ScriptEvent, packet: IcmpPacket): void {
    const socket = this.#underTest.current
    if (socket === null) throw new Mismatch(event.line, 'there is no socket that the ICMP message is about')
    this.#timeline.log(`< icmp ${packet.type} ${packet.code ?? ''}`)
    try {
      this.#wire.deliver(buildIcmp(packet, socket), 0)
    } catch (error) {
      throw new Mismatch(event.line, (error as Error).message)
    }
  }

  #code(event: ScriptEvent, { code }: CodeBlock): void {
    const fd = this.#underTest.current?.fd ?? null
    this.#info = linuxInfo(fd === null ? null : this.#sockets.last(fd))
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

const judge = (error: unknown): Pick<Outcome, 'result' | 'reason' | 'line' | 'details'> => {
  if (error instanceof Skip) return { result: 'skip', reason: error.message, line: 0, details: [] }
  if (error instanceof Mismatch)
    return { result: 'fail', reason: error.message, line: error.line, details: error.details }
  if (error instanceof ConfigError)
    return { result: 'fail', reason: error.message, line: error.option.line, details: [] }
  // Exceptions of the stack are its bugs: the script has found one.
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const [first, ...details] = stack.split('\n')
  return { result: 'fail', reason: `exception: ${first}`, line: 0, details }
}
