/** The whole of what is printed and recorded: machine, method, table, and what is to be known about it. */
import { thousands } from './digits.js'
import { describeMachine } from './machine.js'
import { markdownTable } from './table.js'

/** Others' share of a core from which on a measurement counts as disturbed. */
const MUCH = 0.2

/** The number of measurements that others have disturbed; '' when none. */
export const disturbanceText = records => {
  const watched = records.filter(({ report }) => report.others !== undefined)
  const disturbed = watched.filter(({ report }) => report.others > MUCH)
  if (disturbed.length === 0) return ''
  return `In ${disturbed.length} of ${watched.length} measurements other processes (or the host) took more than ${MUCH * 100} % of a core: read these figures with care.\n`
}

const placeText = ({ cores, wrk, compiled, networks }) => {
  const client = `the client in ${compiled ? 'C' : 'JavaScript'}, HTTP by ${wrk ? 'wrk' : 'the same client'}`
  if (!networks) return `on core ${cores[0]}`
  if (cores[0] === cores[1]) return `server and client on one core (${cores[0]}); ${client}`
  return `server on core ${cores[0]}, client on core ${cores[1]}; ${client}`
}

/**
 * @param options of the command line
 * @param method { cores, networks: whether there were any, wrk: whether HTTP was by it, compiled: whether the client is C }
 */
export const summary = (records, options, method) => {
  const day = new Date().toISOString().slice(0, 10)
  const { reps, seconds, connections, only } = options
  const text = [
    `${describeMachine()}; ${day}.`,
    `Medians of ${reps} repetitions of ${seconds} s, ± half the distance between the extremes; in brackets the median of the ratios to node:net in the same repetition. CUBIC at both ends; ${thousands(connections)} idle connections; ${placeText(method)}.\n`,
    markdownTable(records, only),
    disturbanceText(records),
  ].join('\n')
  return `${text.trimEnd()}\n`
}
