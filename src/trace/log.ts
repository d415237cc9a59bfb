/** The log: each transition a line, and at level trace every segment. */

import { createRequire } from 'node:module'
import type { DestinationStream, Logger } from 'pino'
import type { SendReason, TraceEvent, TraceSink, TransitionEvent } from '../tcp/block/events.ts'
import type { State } from '../tcp/state.ts'
import { checkOptions, FLAG, type KindsOf, OBJECT, wordOf } from '../wire/option-kinds.ts'
import { wantsColor } from './color.ts'
import { PacketText } from './packet-text.ts'
import { pathMtuText, recoveryText } from './sending-text.ts'
import { paintState } from './text-style.ts'
import { TransitionLines } from './transition-lines.ts'
import { connectionText, transitionFields, transitionText } from './transition-text.ts'

/** The levels of a log, from the one that says least. */
export const LOG_LEVELS = ['silent', 'warn', 'info', 'debug', 'trace'] as const
/** The detail of a log. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Options of {@link createLog}. */
export interface LogOptions {
  /** info: transitions; warn: troubles only; debug: also drops and timers that fire; trace: also segments. */
  readonly level?: LogLevel
  /** For people; else a JSON object a line. Default: when the destination is a terminal. */
  readonly pretty?: boolean
  /** Default: when the destination is a terminal, and neither NO_COLOR nor `FORCE_COLOR=0` is set. */
  readonly color?: boolean
  /** Default: standard output. */
  readonly destination?: NodeJS.WriteStream | NodeJS.WritableStream
}

/** A line's message, with the states of a transition painted. */
const painted = (line: Record<string, unknown>): string => {
  const { from, to } = line
  const text = String(line.msg)
  return from === undefined
    ? text
    : text.replace(`${from} → ${to}`, `${paintState(from as State)} → ${paintState(to as State)}`)
}

/**
 * pino is loaded with the first log: who wants none shall not pay for it. (It is not only memory: above 8 MB of heap V8
 * begins to mark all of it for every 32 MB of text received.)
 */
const require = createRequire(import.meta.url)
const loadPino = (): typeof import('pino') => require('pino')
const loadPretty = (): typeof import('pino-pretty') => require('pino-pretty')

/** pino for people: time of day and the message, nothing else; written at once, so that no exit loses a line. */
const forPeople = (destination: NodeJS.WritableStream, color: boolean): DestinationStream =>
  loadPretty()({
    destination,
    sync: true,
    colorize: false,
    ignore:
      'pid,hostname,level,local,remote,from,to,event,section,cause,reason,timer,code,packet,direction,action',
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: line => (color ? painted(line) : String(line.msg)),
    customPrettifiers: { time: time => String(time) },
  })

const OPTIONS: KindsOf<LogOptions> = {
  level: wordOf(LOG_LEVELS),
  pretty: FLAG,
  color: FLAG,
  destination: OBJECT,
}

const isTerminal = (stream: LogOptions['destination']): boolean =>
  stream !== undefined && 'isTTY' in stream && stream.isTTY === true

/** A log of the event stream on pino, or null when it is silent. */
export const createLog = (options: LogOptions = {}): TraceSink | null => {
  checkOptions('options', options, OPTIONS)
  const { level = 'info', destination = process.stdout } = options
  if (level === 'silent') return null
  const people = options.pretty ?? isTerminal(destination)
  const color = options.color ?? (isTerminal(destination) && wantsColor(true))
  const logger = loadPino()(
    { level, base: null, formatters: { level: label => ({ level: label }) } },
    people ? forPeople(destination, color) : (destination as DestinationStream),
  )
  return new LogReader(logger, people ? null : (destination as DestinationStream)).sink
}

/** Writes events to a logger. */
class LogReader {
  readonly sink: TraceSink
  readonly #logger: Logger
  readonly #packets: PacketText | null
  /** The stream for transitions without pino; null when they are for people. */
  readonly #destination: DestinationStream | null
  /** Transitions are told. */
  readonly #tells: boolean
  readonly #lines = new TransitionLines()
  #reason: SendReason | null = null

  constructor(logger: Logger, destination: DestinationStream | null) {
    this.#logger = logger
    this.#destination = destination
    this.#tells = logger.isLevelEnabled('info')
    this.sink = Object.assign((event: TraceEvent) => this.#event(event), {
      ofConnections: !logger.isLevelEnabled('debug'),
    })
    this.#packets = logger.isLevelEnabled('trace') ? new PacketText() : null
  }

  #transition(e: TransitionEvent): void {
    if (!this.#tells) return
    if (this.#destination !== null) {
      this.#destination.write(this.#lines.line(e, Date.now()))
      return
    }
    this.#logger.info(transitionFields(e), transitionText(e))
  }

  #event(e: TraceEvent): void {
    const log = this.#logger
    switch (e.type) {
      case 'transition':
        this.#transition(e)
        break
      case 'soft-error':
        log.warn({ code: e.code }, `${connectionText(e.connection)}  ${e.code}: ${e.text}`)
        break
      case 'recovery':
        log.debug({ phase: e.phase, cause: e.cause, cwnd: e.cwnd, ssthresh: e.ssthresh }, recoveryText(e))
        break
      case 'path-mtu':
        log.info({ from: e.from, to: e.to, cause: e.cause }, pathMtuText(e))
        break
      case 'drop':
        log.debug({ reason: e.reason }, `dropped: ${e.reason}`)
        break
      case 'syn-cookie':
        log.debug({ action: e.action }, `${connectionText(e.connection)}  SYN cookie ${e.action}`)
        break
      case 'user-timeout':
        log.debug(
          {},
          `${connectionText(e.connection)}  the peer's user timeout is ${e.remote / 1000} s${e.adopted ? '' : ', ours stays'}`,
        )
        break
      case 'timer': {
        const text = `${connectionText(e.connection)}  ${e.timer} timer ${e.action}`
        if (e.action === 'fired') log.debug({ timer: e.timer }, text)
        else if (this.#packets !== null)
          log.trace(
            { timer: e.timer },
            e.at === undefined ? text : `${text} for ${Math.round(e.at - e.time)} ms`,
          )
        break
      }
      case 'segment-out':
        this.#reason = e.reason
        break
      case 'packet': {
        if (this.#packets === null) break
        const mark = e.direction === 'in' ? '<' : '>'
        const why = e.direction === 'out' && this.#reason !== null ? `  # ${this.#reason}` : ''
        this.#reason = null
        const packet = this.#packets.line(e)
        log.trace({ direction: e.direction, packet }, `${mark} ${packet}${why}`)
        break
      }
    }
  }
}
