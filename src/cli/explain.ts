/** `tuntcp explain`: what happened in a capture. */
import { readFileSync } from 'node:fs'
import { explainCapture } from '../lab/explain/explain-capture.ts'
import { explanationLadder, explanationLog, explanationObject } from '../lab/explain/explain-text.ts'
import { explainPage } from '../lab/html/explain-page.ts'
import { type Arguments, oneOf, wholeNumber } from './arguments.ts'
import { type Command, Failure } from './command.ts'
import { HTML_OPTION, writePage } from './html-file.ts'

/** Exit code for what is no capture. */
const BROKEN = 2

const FORMATS = ['log', 'ladder', 'json'] as const

export const explain: Command = {
  name: 'explain',
  usage: 'FILE [OPTION…]',
  summary: 'Explain a capture: the states of both ends, and what each segment does',
  description: `Reads a capture of tcpdump, Wireshark or our own (pcap or pcapng; Ethernet, raw IP, Linux cooked v1 and v2, loopback; '-' is standard input) of whatever TCPs, and replays both ends of each connection through the state table of RFC 9293: the states they must have been in, what each segment does, and what is remarkable (retransmissions, duplicate ACKs, shut windows, resets with their likely cause, a CLOSE_WAIT that nobody closes).

A capture shows what passed one place: that a segment arrived is known only by what follows from it. What does not follow is not claimed.

Exit code 2 when the file is broken; what came before is explained all the same.`,
  options: {
    format: { value: 'FORMAT', help: 'log (the default), ladder, or json for programs.' },
    html: HTML_OPTION,
    port: { value: 'PORT', help: 'Only connections from or to this port.' },
    connection: { value: 'N', help: 'Only the connection of this number, from 1.' },
  },
  operands: ['FILE'],
  run: given => run(given),
}

const contents = (path: string): Uint8Array => {
  try {
    return readFileSync(path === '-' ? 0 : path)
  } catch (error) {
    throw new Failure((error as Error).message, BROKEN)
  }
}

const run = async (given: Arguments): Promise<number> => {
  const format = oneOf('--format', given.get('format') ?? 'log', FORMATS)
  const number = (name: string, most: number): number | null => {
    const text = given.get(name)
    return text === undefined ? null : wholeNumber(`--${name}`, text, 1, most)
  }
  const port = number('port', 65_535)
  const only = number('connection', 2 ** 31)
  const [path = ''] = given.operands
  const { connections, packets, others, error } = explainCapture(contents(path))
  const chosen = connections
    .map((explanation, i) => ({ explanation, number: i + 1 }))
    .filter(c => only === null || c.number === only)
    .filter(c => port === null || c.explanation.ends.some(end => end.endsWith(`:${port}`)))
  const name = path === '-' ? 'standard input' : path
  const page = given.get('html')
  if (page !== undefined) writePage(page, explainPage(name, chosen, packets, error?.message ?? null))
  if (page === '-') {
    // Standard output is the page's.
  } else if (format === 'json') {
    console.log(
      JSON.stringify(
        {
          packets,
          others,
          ...(error === null ? {} : { error: { offset: error.offset, message: error.message } }),
          connections: chosen.map(c => explanationObject(c.explanation)),
        },
        null,
        2,
      ),
    )
  } else {
    const text = format === 'log' ? explanationLog : explanationLadder
    for (const c of chosen) console.log(`${text(c.explanation, c.number)}\n`)
    const rest = Object.entries(others).map(([what, n]) => `${n} ${what}`)
    if (error === null || packets > 0)
      console.log(
        `${packets} packets, ${connections.length} connections${rest.length === 0 ? '' : ` (${rest.join(', ')})`}`,
      )
  }
  if (error !== null) throw new Failure(`${name}: ${error.message}`, BROKEN)
  return 0
}
