import type { Clock, Random } from '../base/clock.ts'
import { Host } from '../host/host.ts'
import type { MemoryOptions } from '../host/memory/options.ts'
import type { Link } from '../ip/link.ts'
import type { IpOptions } from '../ip/options.ts'
import type { HostPool } from '../ip/pool.ts'
import { type PacketDevice, packetDeviceLink } from '../link/packet-device.ts'
import { throwUncaught } from '../link/uncaught.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { combine } from '../trace/combine.ts'
import type { HostRecorder } from '../trace/record/host-recorder.ts'
import { checkOptions, FUNCTION, type KindsOf, OBJECT, orNull, TEXTS } from '../wire/option-kinds.ts'
import type { LookupFunction } from './lookup.ts'
import { limitedMemory } from './memory-share.ts'
import { nodeClock } from './node-clock.ts'
import { nodeRandom } from './node-random.ts'
import { Stack } from './stack.ts'

/** Options of {@link createStack}. */
export interface StackOptions {
  /**
   * The link of its packets: a TUN device (`openTun`), an end of a pipe, or any packet device of tuntap2's
   * shape. The stack closes it when it is closed. Without one it reaches only itself (127.0.0.0/8, ::1).
   */
  readonly link?: Link | PacketDevice | undefined
  /** Its own address on the link and the network there, such as '192.0.2.2/24' or '2001:db8::2/64'; or several. */
  readonly address?: string | readonly string[] | undefined
  /** The link of packets to its own addresses; by default they are there at once. */
  readonly loopback?: Link | undefined
  /** Timers and limits of the TCP; see TcpOptions for their defaults. */
  readonly tcp?: Partial<TcpOptions> | undefined
  /** Limits of reassembly and of ICMP errors; see IpOptions for their defaults. */
  readonly ip?: Partial<IpOptions> | undefined
  /**
   * The memory that its connections may hold, and each peer's; see MemoryOptions. By default `high` is a tenth of the
   * machine's memory (or of the container's) or a quarter of V8's heap, whichever is less.
   */
  readonly memory?: Partial<MemoryOptions> | undefined
  /** Reads the stream of what happens: a log, a capture (see `combine` for several). */
  readonly trace?: TraceSink | null | undefined
  /** Finds addresses of names for connect() and listen(); default dns.lookup, 'localhost' being the stack itself. */
  readonly lookup?: LookupFunction | undefined
  /** Default: real time. */
  readonly clock?: Clock | undefined
  /** Default: numbers that nobody can predict. */
  readonly random?: Random | undefined
  /** Keeps all input, so that the same stack can be made to do the same again: see recordToFile. */
  readonly recorder?: HostRecorder | undefined
  /** Hears of exceptions in users' callbacks; by default they are uncaught exceptions of the process. */
  readonly report?: ((error: unknown) => void) | undefined
}

const OPTIONS: KindsOf<StackOptions> = {
  link: OBJECT,
  memory: OBJECT,
  address: TEXTS,
  loopback: OBJECT,
  tcp: OBJECT,
  ip: OBJECT,
  trace: orNull(FUNCTION),
  lookup: FUNCTION,
  clock: OBJECT,
  random: OBJECT,
  recorder: OBJECT,
  report: FUNCTION,
}

const isLink = (link: Link | PacketDevice): link is Link =>
  'transmit' in link && typeof link.transmit === 'function'

/**
 * A TCP/IP stack over one link. It needs no start: it answers pings and refuses connections at once.
 * @throws TypeError for options that do not exist, and for an address without a link; RangeError for a bad address or TCP
 *   option, naming it and its bounds
 */
export const createStack = (options: StackOptions = {}): Stack => createMember(options, null)

/** The same for a stack that shares its addresses with others. */
export const createMember = (options: StackOptions, pool: HostPool | null): Stack => {
  checkOptions('options', options, OPTIONS)
  const {
    link,
    address = [],
    loopback,
    tcp,
    ip,
    memory = {},
    trace = null,
    clock = nodeClock,
    random = nodeRandom,
    report = clock === nodeClock ? throwUncaught : undefined,
    lookup,
    recorder,
  } = options
  if (link === undefined && options.address !== undefined)
    throw Object.assign(
      new TypeError(
        "The property 'options.link' is missing: 'options.address' is an address on it, such as that of openTun(), createPipe() or a packet device",
      ),
      { code: 'ERR_INVALID_ARG_TYPE' },
    )
  const host = new Host({
    clock,
    random,
    trace: recorder === undefined ? trace : combine([recorder.sink, trace]),
    ...(recorder === undefined ? {} : { recorder }),
    memory: limitedMemory(memory),
    pool,
    // Not from Node's pool: a short text that stays there would keep 8 KB.
    allocate: Buffer.allocUnsafeSlow,
    ...(loopback === undefined ? {} : { loopback }),
    ...(tcp === undefined ? {} : { tcp }),
    ...(ip === undefined ? {} : { ip }),
    ...(report === undefined ? {} : { report }),
  })
  if (link !== undefined)
    host.attach(
      isLink(link) ? link : packetDeviceLink(link),
      typeof address === 'string' ? [address] : address,
    )
  return new Stack(host, lookup)
}
