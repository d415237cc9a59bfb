/** `tuntcp explain`: what happened in a capture. */
import { closeSync, readFileSync, writeFileSync } from 'node:fs'
import { getHeapStatistics } from 'node:v8'
import { gunzipSync } from 'node:zlib'
import type { Choice } from '../lab/explain/conversations.ts'
import { type ExplainedCapture, explainCapture } from '../lab/explain/explain-capture.ts'
import { explanationQlog } from '../lab/explain/explain-qlog.ts'
import { explanationJson, explanationLadder, explanationLog } from '../lab/explain/explain-text.ts'
import { explainPage } from '../lab/html/explain-page.tsx'
import { openPrivate } from '../trace/private-file.ts'
import { type Arguments, checkOneOutput, duration, oneOf, wholeNumber } from './arguments.ts'
import { type Command, Failure } from './command.ts'
import { HTML_OPTION, sayBeside, writePage } from './html-file.ts'
import { openProgress } from './progress.ts'
import { textStyle } from './terminal.ts'
import { writeLines, writeTexts } from './write-lines.ts'

const FORMATS = ['log', 'ladder', 'json'] as const

export const explain: Command = {
  name: 'explain',
  usage: 'FILE [OPTION…]',
  summary: 'Explain a capture: the states of both ends, and what each segment does',
  description: `Reads a capture of tcpdump, Wireshark or our own (pcap or pcapng; Ethernet, raw IP, Linux cooked v1 and v2, loopback; perhaps packed by gzip; '-' is standard input) of whatever TCPs, and replays both ends of each connection through the state table of RFC 9293: the states they must have been in, what each segment does, and what is remarkable (retransmissions, duplicate ACKs, shut windows, resets with their likely cause, a CLOSE_WAIT that nobody closes).

A capture shows what passed one place: that a segment arrived is known only by what follows from it. What does not follow is not claimed.

Exit code 2 when the file is broken; what came before is explained all the same.`,
  options: {
    format: { value: 'FORMAT', words: FORMATS, help: 'log (the default), ladder, or json for programs.' },
    html: HTML_OPTION,
    qlog: { value: 'FILE', help: 'Write it as qlog instead; - for standard output.' },
    text: { help: 'With --html FILE or --qlog FILE: print the text too.' },
    full: { help: 'With --html: all segments, not only what is remarkable in a long connection.' },
    port: { value: 'PORT', help: 'Only connections from or to this port.' },
    connection: { value: 'N', help: 'Only the connection of this number, from 1.' },
    from: { value: 'TIME', help: 'Only what comes this long after the first packet, such as 1.5s or 200ms.' },
    until: { value: 'TIME', help: 'Only what comes before that.' },
  },
  examples: [
    ['explain capture.pcapng', 'Each connection, segment by segment.'],
    ['explain capture.pcapng --format ladder --connection 3', 'The third connection as a ladder.'],
    ['explain capture.pcapng --html capture.html', 'Pictures, for a browser.'],
    ['explain capture.pcapng --qlog capture.sqlog', 'For qvis, and whatever else reads qlog.'],
    ['tcpdump -c 100 -w - tcp | tuntcp explain -', 'What passes now.'],
  ],
  operands: ['FILE'],
  run: given => run(given),
}

/** Most that gzip may make of a file. */
const LARGEST = 2 ** 31 - 1

const CUT = `cut it (editcap -c 1000000 FILE PART.pcap) or take what matters (tcpdump -r FILE -w PART.pcap 'port 80')`

const contents = (path: string): Uint8Array => {
  try {
    const file = readFileSync(path === '-' ? 0 : path)
    return file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file, { maxOutputLength: LARGEST }) : file
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const large = code === 'ERR_FS_FILE_TOO_LARGE' || code === 'ERR_BUFFER_TOO_LARGE'
    throw new Failure(large ? `${path} has more than 2 GiB: ${CUT}` : `${path}: ${message}`)
  }
}

/** Bytes of memory that a segment takes until it is told line by line, and when all of them are drawn. */
const TOLD = 1200
const DRAWN = 3000
/** A share of the memory that JavaScript may have; the rest is for what is not counted. */
const SHARE = 0.75

/** The number of segments that fit into memory. */
const capacity = (drawn: boolean): number =>
  Math.floor((getHeapStatistics().heap_size_limit * SHARE) / (drawn ? DRAWN : TOLD))

/** A time of the command line, ms. */
const moment = (given: Arguments, name: string): number | undefined => {
  const text = given.get(name)
  return text === undefined ? undefined : duration(`--${name}`, text)
}

const number = (given: Arguments, name: string, most: number): number | undefined => {
  const text = given.get(name)
  return text === undefined ? undefined : wholeNumber(`--${name}`, text, 1, most)
}

const run = async (given: Arguments): Promise<number> => {
  const format = oneOf('--format', given.get('format') ?? 'log', FORMATS)
  const [page, qlog] = [given.get('html'), given.get('qlog')]
  checkOneOutput(given, 'html', 'qlog')
  const choice: Choice = {
    port: number(given, 'port', 65_535),
    connection: number(given, 'connection', 2 ** 31),
    from: moment(given, 'from'),
    until: moment(given, 'until'),
    most: capacity(page !== undefined || format === 'ladder'),
  }
  const [path = ''] = given.operands
  const name = path === '-' ? 'standard input' : path
  const progress = await openProgress()
  let explained: ExplainedCapture
  let html: string | null = null
  try {
    explained = explainCapture(contents(path), choice, (what, count) =>
      progress.say(`${name}: ${count} ${what === 'read' ? 'packets read' : 'connections explained'}`),
    )
    check(name, explained, choice)
    if (page !== undefined) {
      progress.say(`${name}: drawing`)
      const { connections, packets, error } = explained
      html = explainPage(name, connections, packets, error?.message ?? null, given.has('full'))
    }
  } finally {
    progress.done()
  }
  const { error } = explained
  const isTaken = page === '-' || qlog === '-'
  const say = sayBeside(isTaken || format === 'json')
  if (page !== undefined && html !== null) writePage(page, html, say)
  if (qlog !== undefined) await writeQlog(qlog, name, explained, say)
  if ((page === undefined && qlog === undefined) || (!isTaken && given.has('text')))
    await writeLines(format === 'json' ? jsonOf(explained) : textOf(explained, format))
  if (error !== null) throw new Failure(`${name}: ${error.message}`)
  return 0
}

/** Writes it to a file that is its owner's alone, and says so. @throws Failure when it cannot be written */
const writeQlog = async (
  path: string,
  name: string,
  { connections }: ExplainedCapture,
  say: (line: string) => void,
): Promise<void> => {
  const records = explanationQlog(name, connections)
  if (path === '-') {
    await writeTexts(records)
    return
  }
  try {
    const fd = openPrivate(path)
    try {
      for (const record of records) writeFileSync(fd, record)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    throw new Failure(`the qlog cannot be written: ${(error as Error).message}`)
  }
  say(`written: ${path}`)
}

/** @throws Failure when what was chosen is not there, or is too much */
const check = (name: string, { chosen, count, error }: ExplainedCapture, choice: Choice): void => {
  const { connection, most = 0 } = choice
  if (chosen > most)
    throw new Failure(
      `${name}: ${chosen} segments are more than there is memory for at once (about ${most}): choose some by --connection, --port, --from and --until, or give Node.js more (NODE_OPTIONS=--max-old-space-size=${Math.ceil((chosen / most) * (getHeapStatistics().heap_size_limit / 2 ** 20))})`,
    )
  if (connection !== undefined && connection > count && error === null)
    throw new Failure(
      `${name} has no connection ${connection}: ${count === 0 ? 'there is none in it' : `they are numbered from 1 to ${count}`}`,
    )
}

function* jsonOf({ connections, packets, others, error }: ExplainedCapture): Generator<string> {
  const broken = error === null ? {} : { error: { offset: error.offset, message: error.message } }
  yield `${JSON.stringify({ packets, others, ...broken }).slice(0, -1)},`
  yield '"connections": ['
  for (const [i, e] of connections.entries()) {
    if (i > 0) yield ','
    yield* explanationJson(e)
  }
  yield ']}'
}

function* textOf(explained: ExplainedCapture, format: 'log' | 'ladder'): Generator<string> {
  const { connections, packets, others, count, error } = explained
  const style = textStyle()
  for (const e of connections) {
    yield* format === 'log' ? explanationLog(e, style) : explanationLadder(e, style)
    yield ''
  }
  const rest = Object.entries(others).map(([what, n]) => `${n} ${what}`)
  if (error === null || packets > 0)
    yield `${packets} packets, ${count} connections${rest.length === 0 ? '' : ` (${rest.join(', ')})`}`
}
