/** Faults as they are written on a command line: `loss=5% delay=40ms rate=10mbit`. */
import { instead } from '../wire/names.ts'
import { LINK_FAULTS, type LinkFaults, pathOptions } from './link-faults.ts'

const SWITCHES: Readonly<Record<string, boolean>> = {
  true: true,
  on: true,
  yes: true,
  false: false,
  no: false,
}
/** Those that are on or off. */
const FLAGS = ['keepOrder', 'blackhole', 'icmp', 'fragment']
/** Those that no word can say. */
const NOT_IN_WORDS = ['drop']

/** The names that can be said. */
export const FAULT_NAMES: readonly string[] = LINK_FAULTS.filter(name => !NOT_IN_WORDS.includes(name))

/** `1%:5` or `1%:5:90%`: probability of a burst, its mean length in packets, probability of loss in it. */
const burst = (text: string): unknown => {
  const [start, length, loss] = text.split(':')
  return { start, length: Number(length), ...(loss === undefined ? {} : { loss }) }
}

/**
 * `NAME=VALUE`; `NAME=off` turns it off.
 * @throws RangeError, TypeError that say what was given and what is allowed
 */
export const faultsOfWords = (words: readonly string[]): LinkFaults => {
  const faults: Record<string, unknown> = {}
  for (const word of words) {
    const [, name, value] = /^([^=]*)=(.*)$/.exec(word) ?? []
    if (name === undefined || value === undefined)
      throw new RangeError(`a fault is NAME=VALUE, such as loss=5%, not '${word}'`)
    if (!FAULT_NAMES.includes(name))
      throw new RangeError(`there is no fault '${name}'${instead(name, FAULT_NAMES)}`)
    if (value === 'off' || value === 'none') faults[name] = FLAGS.includes(name) ? false : null
    else if (FLAGS.includes(name)) {
      if (SWITCHES[value] === undefined) throw new RangeError(`${name} is on or off, not '${value}'`)
      faults[name] = SWITCHES[value]
    } else faults[name] = name === 'burst' ? burst(value) : value
  }
  pathOptions(faults, 'faults')
  return faults
}
