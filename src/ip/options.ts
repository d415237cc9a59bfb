import { instead } from '../wire/names.ts'
import { DEFAULT_LIMITS, type ReassemblyLimits } from './reassembly.ts'

/** The limits of the IPv4 layer, beside those of the TCP. */
export interface IpOptions extends ReassemblyLimits {
  /** ICMP errors sent at most in a second, and in a burst (RFC 1122 §3.2.2, RFC 1812 §4.3.2.8). */
  readonly icmpErrorsPerSecond: number
  readonly icmpErrorBurst: number
}

/** The default of each of {@link IpOptions}. */
export const DEFAULT_IP_OPTIONS: Readonly<IpOptions> = Object.freeze({
  ...DEFAULT_LIMITS,
  icmpErrorsPerSecond: 100,
  icmpErrorBurst: 50,
})

/**
 * The defaults with `given` over them.
 * @throws RangeError naming the option: all are numbers, 0 or more
 */
export const ipOptions = (given: Partial<IpOptions> = {}): IpOptions => {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULT_IP_OPTIONS, name))
      throw new RangeError(`unknown IP option '${name}'${instead(name, Object.keys(DEFAULT_IP_OPTIONS))}`)
    if (!(typeof value === 'number' && value >= 0))
      throw new RangeError(`IP option ${name} must be 0 or more, not ${String(value)}`)
  }
  return { ...DEFAULT_IP_OPTIONS, ...given }
}
