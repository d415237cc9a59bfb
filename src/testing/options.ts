/** The options of a network for tests, and their checks. */

import { checkFamily } from '../faults/family.ts'
import { type Duration, milliseconds } from '../faults/units.ts'
import { badType, badValue } from '../net/errors.ts'
import { nodeRandom } from '../net/node-random.ts'
import { type TcpOptions, tcpOptions } from '../tcp/block/options.ts'
import { ANY, checkOptions, type KindsOf, OBJECT, SEED } from '../wire/option-kinds.ts'
import type { FakeTimers } from './fake-timers.ts'
import type { FamilyFaults } from './fault-orders.ts'
import { type NetworkTime, realTime, timeWith, virtualTime } from './time.ts'

const LADDER_LINES = 500
const GRAIN = 10

/** Options of {@link createNetwork}. */
export interface TestNetworkOptions {
  /** All luck follows from it: a failure repeats itself with the seed it was reported with. Default: a new one. */
  readonly seed?: number | string
  /** 'real' (default), or 'virtual': time passes in {@link TestNetwork.advance} and {@link TestNetwork.until} only. */
  readonly time?: 'real' | 'virtual'
  /** Fake timers that virtual time moves along: `mock.timers` of node:test, `vi`, `jest`, or sinon's clock. */
  readonly timers?: FakeTimers
  /**
   * The time by which fake timers without asynchronous ticks (node:test) go ahead of the network; default 10 ms. What they do
   * reaches the network at most so late.
   */
  readonly grain?: Duration
  /** The family of all hosts' addresses; by default they have an address of IPv4 and one of IPv6 each. */
  readonly family?: 4 | 6
  /**
   * Timers and limits of all hosts' TCP. One is Linux's, not the RFC's, since programs are: an ICMP error of any kind ends a
   * connection that is being opened (`softErrorsEndOpening`).
   */
  readonly tcp?: Partial<TcpOptions>
  /** The faults of all links to begin with, as {@link TestNetwork.link}. */
  readonly link?: FamilyFaults
  /** Lines of the ladder that are kept; default 500. */
  readonly ladder?: number
}

const OPTIONS: KindsOf<TestNetworkOptions> = {
  seed: SEED,
  time: ANY,
  timers: ANY,
  grain: ANY,
  family: ANY,
  tcp: OBJECT,
  link: OBJECT,
  ladder: ANY,
}

/** The options as a network uses them. */
export interface NetworkSettings {
  readonly seed: number | string
  readonly virtual: boolean
  readonly time: NetworkTime
  readonly family: 4 | 6 | null
  readonly tcp: Partial<TcpOptions>
  readonly ladder: number
}

/** @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE; each names the option */
export const networkSettings = (options: TestNetworkOptions): NetworkSettings => {
  if (typeof options !== 'object' || options === null) throw badType('options', 'of type object', options)
  checkOptions('options', options, OPTIONS)
  const {
    seed = nodeRandom.uint32(),
    time = 'real',
    timers,
    grain = GRAIN,
    ladder = LADDER_LINES,
    family,
    tcp = {},
  } = options
  if (time !== 'real' && time !== 'virtual')
    throw badValue(`The property 'options.time' must be 'real' or 'virtual'. Received '${String(time)}'`)
  if (time === 'real' && timers !== undefined)
    throw badValue("The property 'options.timers' needs time: 'virtual'")
  checkFamily('options.family', family)
  if (!(Number.isInteger(ladder) && ladder >= 1))
    throw badValue(`The property 'options.ladder' must be a number of lines, 1 or more. Received ${ladder}`)
  tcpOptions(tcp)
  const step = Math.max(1, milliseconds('options.grain', grain))
  const virtual = time === 'virtual'
  return {
    seed,
    virtual,
    time: !virtual ? realTime() : timers === undefined ? virtualTime() : timeWith(timers, step),
    family: family ?? null,
    tcp: { softErrorsEndOpening: true, ...tcp },
    ladder,
  }
}
