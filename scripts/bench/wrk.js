/** HTTP load by wrk, where it is installed. */
import { PLACES } from './network.js'
import { has, textOf } from './processes.js'

export const CONNECTIONS = 64

export const hasWrk = () => has('wrk')

const UNITS = { us: 1, ms: 1e3, s: 1e6 }

/** A line such as `  99%    5.23ms`, µs. */
const percentile = (text, percent) => {
  const [, value, unit] = new RegExp(`^ *${percent}% +([\\d.]+)(us|ms|s)$`, 'm').exec(text) ?? []
  return value === undefined ? undefined : Number(value) * UNITS[unit]
}

/** The report of what wrk --latency has printed. */
export const parseWrk = text => {
  const [, rate] = /^Requests\/sec: +([\d.]+)$/m.exec(text) ?? []
  const [trouble] = /^ *(?:Non-2xx|Socket errors).*$/m.exec(text) ?? []
  if (rate === undefined) return { error: text.trim() || 'wrk has said nothing' }
  if (trouble !== undefined) return { error: trouble.trim() }
  return { count: Number(rate), seconds: 1, p50: percentile(text, 50), p99: percentile(text, 99) }
}

/** @param place { namespace, family, core, seconds } */
export const runWrk = async ({ namespace, family, core, seconds }) => {
  const { server } = PLACES[family]
  const host = family === 6 ? `[${server}]` : server
  const length = `-d${Math.max(1, Math.round(seconds))}s`
  const command = ['wrk', '-t1', `-c${CONNECTIONS}`, length, '--latency', `http://${host}/`]
  return parseWrk(await textOf(namespace, core, command))
}
