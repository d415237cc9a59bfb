/** `tuntcp replay`: a recorded run, once more, event by event. */
import { readSync } from 'node:fs'
import inspector from 'node:inspector'
import { LABS } from '../lab/labs/all.ts'
import { labRecording } from '../lab/record/recording.ts'
import { replay as replayLab } from '../lab/record/replay.ts'
import type { CaptureFile } from '../trace/capture-file.ts'
import { qlogToFile } from '../trace/qlog/qlog-file.ts'
import { differenceText } from '../trace/record/difference.ts'
import { replayHost } from '../trace/record/host-replay.ts'
import type { Replayed, ReplayMoment, ReplayOptions } from '../trace/record/moments.ts'
import type { RecordingFile } from '../trace/record/recording.ts'
import { RecordingError } from '../trace/record/recording-error.ts'
import { openRecording } from '../trace/record/recording-file.ts'
import type { Arguments } from './arguments.ts'
import { type Command, Failure, UsageError } from './command.ts'
import { openedFile } from './packet-files.ts'

export const replay: Command = {
  name: 'replay',
  usage: 'FILE [OPTION…]',
  summary: "Play a recorded run again ('tuntcp lab NAME --record FILE'), event by event",
  description: `Gives the core the same input again, and holds every event (segments to the last byte, timers, transitions, reasons) against what was recorded. Exit code 0 when all are the same, 1 when not, with the first that differs; 2 when the file is broken or of another version.

    To look into the core: 'node --inspect-brk …/main.js replay FILE --until N' stops in the debugger within the call that brings about event N.`,
  options: {
    until: {
      value: 'TIME|#N',
      help: 'Go to a time (ms) or an event, and show what led there and the states then.',
    },
    step: {
      help: 'Stop at each event, from --until on if it is given: Enter goes on, c goes to the end, q quits.',
    },
    log: { help: 'Print every event.' },
    qlog: {
      value: 'FILE',
      help: 'Write what happens as qlog. Its time begins with the clock of the recording.',
    },
  },
  examples: [
    ['replay run.rec', 'Whether the core still does the same.'],
    ['replay run.rec --until #1200 --step', 'From the event before which one wants to look.'],
  ],
  operands: ['FILE'],
  run: given => run(given),
}

/** Events that are shown before the one that was asked for. */
const BEFORE = 10

const recordingOf = (path: string): RecordingFile => {
  try {
    return openRecording(path)
  } catch (error) {
    if (error instanceof RecordingError) throw error
    throw new Failure(`${path}: ${(error as Error).message}`)
  }
}

interface NamedReplay extends Replayed {
  readonly name: string
}

/** @throws RecordingError */
const played = async (file: RecordingFile, options: ReplayOptions): Promise<NamedReplay> => {
  if (file.kind === 'host') return { name: 'host', ...replayHost(file, options) }
  const recording = labRecording(file)
  const lab = LABS.find(({ name }) => name === recording.lab)
  if (lab === undefined || lab.needsKernel !== undefined)
    throw new RecordingError(1, `'${recording.lab}' is no lab in virtual time`)
  return { name: lab.name, ...(await replayLab(recording, lab, options)) }
}

/** Returns whether a moment is the one that was asked for. */
const untilOf = (text: string | undefined): ((moment: ReplayMoment) => boolean) | null => {
  if (text === undefined) return null
  const number = /^#?(\d+)$/.exec(text)
  if (text.startsWith('#') && number !== null) return moment => moment.number === Number(number[1])
  const time = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(time))
    throw new UsageError(`--until takes a time in ms, or #N for an event, not '${text}'`)
  return moment => moment.time >= time
}

const momentText = ({ number, time, end, line }: ReplayMoment): string => {
  const { end: _, type, time: __, bytes, ...rest } = JSON.parse(line) as Record<string, unknown>
  const fields = Object.entries(rest).map(([key, value]) => `${key} ${String(value)}`)
  const size = typeof bytes === 'string' ? [`${Buffer.from(bytes, 'base64').length} bytes`] : []
  return `#${number}  ${time.toFixed(3)}  ${end}  ${String(type)}  ${[...fields, ...size].join(', ')}`
}

const statesText = ({ states }: ReplayMoment): string =>
  states.size === 0
    ? '    no connection'
    : [...states].map(([connection, state]) => `    ${connection}  ${state}`).join('\n')

/** Lines that were typed and not yet asked for. */
let typed = ''

/** Waits for a line of the terminal, within the core's call: nothing else goes on. At the end of input: to the end. */
const answer = (): string => {
  const bytes = Buffer.alloc(256)
  for (;;) {
    const at = typed.indexOf('\n')
    if (at >= 0) {
      const line = typed.slice(0, at).trim()
      typed = typed.slice(at + 1)
      return line
    }
    try {
      const length = readSync(0, bytes)
      if (length === 0) return 'c'
      typed += bytes.toString('utf8', 0, length)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return 'c'
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    }
  }
}

class Viewer {
  readonly #until: ((moment: ReplayMoment) => boolean) | null
  readonly #log: boolean
  #stepping: boolean
  readonly #step: boolean
  #reached = false
  #before: string[] = []

  constructor(given: Arguments) {
    this.#until = untilOf(given.get('until'))
    this.#log = given.has('log')
    this.#step = given.has('step')
    this.#stepping = this.#step && this.#until === null
  }

  /** True when the moment that was asked for has come, or none was asked for. */
  get reached(): boolean {
    return this.#reached || this.#until === null
  }

  see(moment: ReplayMoment): void {
    if (this.#log) console.log(momentText(moment))
    if (this.#until !== null && !this.#reached) {
      this.#before.push(momentText(moment))
      if (this.#before.length > BEFORE) this.#before.shift()
      if (this.#until(moment)) this.#arrive(moment)
    } else if (this.#stepping) {
      console.log(`${momentText(moment)}\n${statesText(moment)}`)
      this.#ask()
    }
  }

  #arrive(moment: ReplayMoment): void {
    this.#reached = true
    console.log(`${this.#before.join('\n')}\n${statesText(moment)}`)
    // biome-ignore lint/suspicious/noDebugger: the one place where whoever debugs wants to be
    if (inspector.url() !== undefined) debugger
    this.#stepping = this.#step
    if (this.#stepping) this.#ask()
  }

  #ask(): void {
    const said = answer()
    if (said === 'c') this.#stepping = false
    else if (said === 'q') process.exit(0)
  }
}

/** A log of the host's own time: when that was is not in the recording. @throws UsageError, Failure */
const openQlog = (path: string | undefined, recording: string): CaptureFile | null => {
  if (path === undefined) return null
  if (path === '-')
    throw new UsageError('--qlog - has no place to go, since standard output has the events: name a file')
  return openedFile('qlog', path, failed =>
    qlogToFile(path, () => 0, { title: recording, epoch: null }, failed),
  )
}

const run = async (given: Arguments): Promise<number> => {
  const [path = ''] = given.operands
  const viewer = new Viewer(given)
  const qlog = openQlog(given.get('qlog'), path)
  try {
    const recording = recordingOf(path)
    const { name, events, difference, cut } = await played(recording, {
      onEvent: moment => {
        qlog?.sink(moment.event)
        viewer.see(moment)
      },
    })
    recording.close()
    if (!viewer.reached) console.error(`tuntcp replay: it never comes to that: there are ${events} events`)
    if (cut && difference === null)
      console.error(
        'tuntcp replay: the recording has no end: the process that wrote it was killed, or still runs',
      )
    console.log(
      difference === null ? `${name}: ${events} events, all as recorded` : differenceText(difference),
    )
    return difference === null ? 0 : 1
  } catch (error) {
    if (error instanceof RecordingError) throw new Failure(`${path}: ${error.message}`)
    throw error
  } finally {
    qlog?.close()
  }
}
