/** `tuntcp examine`: a TCP, looked at from outside. */
import { spawn } from 'node:child_process'
import type { Pace } from '../examine/check.ts'
import { checkIds, type ExamineTarget, examine as examineTcp } from '../examine/examine.ts'
import { captureOf } from '../examine/report/capture.ts'
import { examinedObject } from '../examine/report/json.ts'
import { formatEnd, formatPlan, formatResult } from '../examine/report/text.ts'
import type { Examined, Plan } from '../examine/results.ts'
import { examinedPage } from '../lab/html/examined-page.tsx'
import { openTun } from '../link/tun.ts'
import { nodeClock } from '../net/node-clock.ts'
import { nodeRandom } from '../net/node-random.ts'
import { writePrivate } from '../trace/private-file.ts'
import {
  addressBytes,
  familyOf,
  formatAddress,
  type Prefix,
  parseAddress,
  parsePrefix,
} from '../wire/address.ts'
import { readIpv6Address } from '../wire/ipv6-address.ts'
import { type Arguments, suggestion, wholeNumber } from './arguments.ts'
import { type Command, Failure, UsageError } from './command.ts'
import { HTML_OPTION, sayBeside, TEXT_OPTION, writePage } from './html-file.ts'
import { openProgress } from './progress.ts'
import { textStyle } from './terminal.ts'

/** The host's end of the device where nobody says. */
const HOST_ENDS = { 4: '198.18.7.1/24', 6: '2001:db8:7::1/64' } as const

/** Addresses of the examiner, so that what a stack remembers of one peer does not pass to the next check. */
const ADDRESSES = 32

/** Exit code when a MUST does not hold, when the target cannot be examined, and after ^C. */
const DIFFERS = 1
const INTERRUPTED = 130

const port = { value: 'PORT' } as const

export const examine: Command = {
  name: 'examine',
  usage: 'ADDRESS[:PORT] [OPTION…]',
  summary: "Examine any TCP from outside: what it makes of the RFCs' rules",
  description: `Opens a TUN device and goes through some three hundred checks with whatever TCP is at that address: each is a conversation of raw segments, and has the rule in plain words, its section, how much it binds (MUST, SHOULD, or a habit), and a verdict: it holds, differs, or cannot be told, and why. What differs is shown as a ladder. Exit code 1 when a MUST differs.

    The target is this host's kernel (the host's end of the device, ${HOST_ENDS[4]} unless --host says another) or whatever the host forwards packets to. A port's application is found out: one that echoes, reads, sends or closes. The more kinds there are, the more can be checked.

    Needs the right to open a TUN device, as 'tuntcp serve' does; 'unshare -n' makes a network where nothing else is.`,
  options: {
    echo: { ...port, help: 'A port whose application sends back what comes.' },
    discard: { ...port, help: 'One that reads and is silent.' },
    chargen: { ...port, help: 'One that sends without end.' },
    closing: { ...port, help: 'One that says something and closes.' },
    deaf: { ...port, help: 'One that accepts and never reads.' },
    dial: {
      value: 'COMMAND',
      help: "Has the target connect: run with an address and a port behind it, such as 'nc -w 5'. Without it nothing is known of how it opens.",
    },
    quick: { help: 'Only what takes a second or two each: 15 s in all.' },
    thorough: { help: 'Also what takes minutes, such as waiting until it gives up.' },
    patience: { value: 'N', help: 'Wait so many times longer for answers: the target is far, or slow.' },
    gentle: { help: 'Two checks at once, and 100 packets a second.' },
    only: { value: 'CHECK', help: 'Only checks whose names begin so; may be given more than once.' },
    except: {
      value: 'CHECK',
      help: 'Not those whose names begin so, such as one that the target does not survive.',
    },
    list: { help: 'List the checks, and examine nothing.' },
    host: { value: 'PREFIX', help: "The host's end of the device, such as 192.0.2.1/24." },
    tun: { value: 'NAME', help: 'The device; the kernel makes a name up when absent.' },
    elsewhere: { help: 'The target may be outside of the network of the device.' },
    all: { help: 'Show what holds, too.' },
    json: { help: 'For programs.' },
    html: HTML_OPTION,
    text: TEXT_OPTION,
    capture: { value: 'FILE', help: 'Keep all packets as pcapng; each says what check it is of.' },
  },
  examples: [
    ['examine 198.18.7.1:80', "This host's kernel, by way of its web server."],
    ['examine 198.18.7.1 --echo 7 --discard 9 --chargen 19', 'By way of three services: nearly all checks.'],
    ['examine 192.0.2.2:7 --elsewhere --html report.html', 'Whatever is there; the result as a page.'],
  ],
  operands: [],
  repeats: true,
  run: given => run(given),
}

interface Target {
  readonly address: string
  readonly port: number | undefined
}

/** `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`. @throws UsageError */
const targetOf = (operands: readonly string[]): Target => {
  const [text] = operands
  if (text === undefined || operands.length > 1) throw new UsageError('it takes one ADDRESS[:PORT]')
  const [, bracketed, ipv4, digits] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? []
  try {
    return {
      address: formatAddress(parseAddress(bracketed ?? ipv4 ?? text)),
      port: digits === undefined ? undefined : wholeNumber('a port', digits, 1, 65_535),
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`'${text}' is no address: such as 198.18.7.1:80 or [2001:db8:7::1]:80`)
  }
}

const paceOf = (given: Arguments): Pace => {
  if (given.has('quick') && given.has('thorough'))
    throw new UsageError('--quick and --thorough exclude each other')
  return given.has('quick') ? 'quick' : given.has('thorough') ? 'thorough' : 'normal'
}

/** The n-th address of a network, with its length. */
const addressAt = (end: Prefix, n: number): string => {
  if (end.family === 4) return `${formatAddress((end.network + n) | 0)}/${end.length}`
  const bytes = addressBytes(end.address).slice()
  // The network's own bits stay, where it reaches into the last two bytes.
  const network = end.length > 112 ? (bytes[14]! << 8) | bytes[15]! : 0
  const last = (network & (0xffff << (128 - end.length))) | n
  bytes[14] = last >> 8
  bytes[15] = last & 255
  return `${readIpv6Address(bytes, 0)}/${end.length}`
}

/** Addresses of the host's network that are neither its end nor the target. @throws UsageError */
export const examinersAddresses = (host: string, target: string): string[] => {
  const end = parsePrefix(host)
  const room = 2 ** ((end.family === 4 ? 32 : 128) - end.length)
  if (room < 8) throw new UsageError('--host takes a network with room for an examiner, such as 192.0.2.1/24')
  const first = room >= 256 ? 100 : 1
  const taken = new Set([formatAddress(end.address), target])
  const all = Array.from({ length: Math.min(ADDRESSES, room - 2) }, (_, i) => addressAt(end, first + i))
  return all.filter(address => !taken.has(address.split('/')[0]!))
}

/** @throws UsageError */
const hostEndOf = (given: Arguments, target: string): string => {
  const end = given.get('host') ?? HOST_ENDS[familyOf(parseAddress(target))]
  try {
    parsePrefix(end)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  return end
}

/** @throws UsageError when no check begins so */
const checkNamed = (option: 'only' | 'except', given: Arguments): void => {
  const ids = checkIds()
  for (const text of given.all(option))
    if (!ids.some(id => id.startsWith(text)))
      throw new UsageError(
        `--${option}: no check begins with '${text}'${suggestion(text, ids)}: --list has their names`,
      )
}

const SERVICES = ['echo', 'discard', 'chargen', 'closing', 'deaf'] as const

const examineTargetOf = (given: Arguments): ExamineTarget => {
  const { address, port } = targetOf(given.operands)
  const named = SERVICES.flatMap(name => {
    const text = given.get(name)
    return text === undefined ? [] : [[name, wholeNumber(`--${name}`, text, 1, 65_535)] as const]
  })
  const command = given.get('dial')
  return {
    address,
    ...(port === undefined ? {} : { port }),
    ...(command === undefined ? {} : { dial: dialler(command) }),
    ...Object.fromEntries(named),
  }
}

/** Runs a command of the user's with an address and a port behind it. It ends when it likes, or with us. */
const dialler =
  (command: string) =>
  (address: string, port: number): void => {
    const child = spawn('sh', ['-c', `exec ${command} "$@"`, 'sh', address, String(port)], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    child.on('error', () => {})
    child.unref()
  }

const run = async (given: Arguments): Promise<number> => {
  if (given.has('list')) {
    console.log(checkIds().join('\n'))
    return 0
  }
  checkNamed('only', given)
  checkNamed('except', given)
  const target = examineTargetOf(given)
  const pace = paceOf(given)
  const patience = wholeNumber('--patience', given.get('patience') ?? '1', 1, 100)
  const host = hostEndOf(given, target.address)
  const addresses = examinersAddresses(host, target.address)
  const page = given.get('html')
  const json = given.has('json')
  if (json && page === '-')
    throw new UsageError('--json and --html - cannot both have standard output: name a file for the page')
  const isTaken = json || page === '-'
  const texts = !isTaken && (page === undefined || given.has('text'))
  const say = sayBeside(isTaken)
  const style = textStyle()
  const ending = new AbortController()
  const interrupt = (): void => ending.abort()
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  const name = given.get('tun')
  // The kernel must not merge segments: they are counted.
  const link = openTun({ address: host, offload: false, ...(name === undefined ? {} : { name }) })
  const progress = await openProgress()
  let plan: Plan | null = null
  let done = 0
  try {
    const examined = await examineTcp(link, target, {
      clock: nodeClock,
      random: nodeRandom,
      addresses,
      pace,
      patience,
      gentle: given.has('gentle'),
      elsewhere: given.has('elsewhere'),
      only: given.all('only'),
      except: given.all('except'),
      signal: ending.signal,
      onPlan(made) {
        plan = made
        say(`${formatPlan(made, style)}\n`)
      },
      onResult(result) {
        done++
        if (texts && (given.has('all') || result.verdict === 'differs')) {
          progress.done()
          console.log(formatResult(result, style, result.verdict === 'differs'))
        }
        progress.say(`${done} of ${plan?.checks ?? '?'} checks`)
      },
    })
    progress.done()
    report(given, examined, say)
    if (texts) console.log(formatEnd(examined, style))
    if (examined.interrupted) return INTERRUPTED
    return examined.results.some(({ level, verdict }) => level === 'MUST' && verdict === 'differs')
      ? DIFFERS
      : 0
  } catch (error) {
    // The options are good as far as they can be told; what is left concerns the target.
    if (error instanceof RangeError) throw new Failure(error.message)
    throw error
  } finally {
    progress.done()
    link.close()
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

/** Writes what was asked for beside the text. @throws Failure */
const report = (given: Arguments, examined: Examined, say: (line: string) => void): void => {
  const page = given.get('html')
  if (page !== undefined) writePage(page, examinedPage(examined, given.has('all')), say)
  if (given.has('json')) console.log(JSON.stringify(examinedObject(examined), null, 2))
  const capture = given.get('capture')
  if (capture === undefined) return
  try {
    writePrivate(capture, Buffer.concat(captureOf(examined.results, Date.now() - nodeClock.now())))
  } catch (error) {
    throw new Failure(`the capture cannot be written: ${(error as Error).message}`)
  }
}
