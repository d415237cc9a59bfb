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

/** A sentence for each name that can be said. */
export const FAULT_MEANINGS: Readonly<Record<string, string>> = {
  loss: 'How likely a packet is lost: loss=5%.',
  burst:
    'Losses that come together: burst=1%:5, how likely one begins and how many packets it lasts on average.',
  delay: 'One way: delay=40ms.',
  jitter: 'The delay is more or less by up to so much: jitter=10ms.',
  distribution: 'uniform (the default), or normal: jitter is the standard deviation then.',
  keepOrder: 'Jitter lets no packet overtake another (on by default).',
  rate: 'Bits a second, of whole packets: rate=10mbit.',
  queue: 'Bytes that may wait for the rate; what does not fit is lost: queue=64KiB.',
  queueDiscipline:
    'The way that queue is managed: droptail, codel or dualpi2; the last two mark packets (ECN).',
  connectionRate: 'The rate of each connection by itself, with a queue of its own.',
  ecnThreshold: 'Bytes that wait, from which on packets are marked (ECN) instead of lost.',
  mark: 'How likely a packet that is ECN-capable is marked: mark=1%.',
  ecnField: 'The ECN field that every packet gets: not-ect, ect0, ect1 or ce.',
  ecnFlags: 'clear takes TCP’s flags of ECN off every segment, clear-ae the newest of them.',
  stripOptions: 'TCP options that are overwritten, by kind: stripOptions=172,174 are those of accurate ECN.',
  reorder: 'How likely a packet is held back, so that later ones overtake it: reorder=1%.',
  reorderDelay: 'For how long (5 ms by default).',
  duplicate: 'How likely a packet arrives twice.',
  corrupt: 'How likely one bit of a packet is another.',
  tamper: 'How likely one bit of a segment’s text is another and the checksum fits.',
  blackhole: 'All is lost, and nobody is told (on or off).',
  mtu: 'Bytes of the largest packet that passes: mtu=1400.',
  icmp: 'A router tells who sends larger ones (on or off).',
  fragment: 'That router cuts larger ones that allow it (on or off).',
  router: 'The address of that router.',
}

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
