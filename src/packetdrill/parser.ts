/** The packetdrill language, by recursive descent. */
import type { Action, EventTime, Script, ScriptEvent, ScriptOption, ShellCommand, SystemCall } from './ast.ts'
import { type Defines, tokenize } from './lexer.ts'
import { parseExpression, until } from './parse-expression.ts'
import { parsePacket } from './parse-packet.ts'
import { TokenReader } from './token-reader.ts'

/**
 * Reads a script. `defines` are those of the command line; the script's own `--define` come to them.
 * @throws ScriptError with file, line and column
 */
export const parseScript = (file: string, text: string, defines: Defines = new Map()): Script => {
  const own = new Map(defines)
  // The script's own definitions count from the first event on, so its options are read first.
  const options = parseOptions(new TokenReader(file, text, tokenize(file, text)), own, defines)
  const r = new TokenReader(file, text, tokenize(file, text, own))
  parseOptions(r, new Map(), new Map())
  const init = takeShell(r)
  if (r.peek().kind === 'option') r.fail(r.peek(), 'an option after the first command: options come first')
  const events: ScriptEvent[] = []
  while (r.peek().kind !== 'end' && r.peek().kind !== 'shell') events.push(parseEvent(r))
  if (events.length === 0) r.unexpected('an event (TIME and a packet, a system call, a command or code)')
  const cleanup = takeShell(r)
  if (r.peek().kind !== 'end')
    r.fail(r.peek(), `only one command without a time may follow the events, and nothing after it`)
  return { file, text, options, init, events, cleanup }
}

const parseOptions = (r: TokenReader, into: Map<string, string>, given: Defines): ScriptOption[] => {
  const options: ScriptOption[] = []
  while (r.peek().kind === 'option') {
    const { line, column, text } = r.next()
    const name = text.slice(2)
    const value = r.takeSymbol('=') ? parseOptionValue(r) : null
    options.push({ name, value, line, column })
    const definition = name === 'define' && value !== null ? /^(\w+)=([\s\S]*)$/.exec(value) : null
    // The command line overrides the script.
    if (definition !== null && !given.has(definition[1]!)) into.set(definition[1]!, definition[2]!)
  }
  return options
}

const parseOptionValue = (r: TokenReader): string => {
  const token = r.next()
  switch (token.kind) {
    case 'integer':
    case 'string':
    case 'ipv4':
    case 'ipv6':
      return token.text
    case 'word':
      break
    default:
      r.unexpected("the option's value", token)
  }
  if (!r.takeSymbol('=')) return token.text
  const value = r.next()
  if (value.kind === 'word') return `${token.text}=${value.text}`
  if (value.kind === 'string') return `${token.text}="${value.text}"`
  if (value.kind === 'shell') return `${token.text}=\`${value.text}\``
  return r.unexpected('a word, a string or a shell command', value)
}

const takeShell = (r: TokenReader): ShellCommand | null => {
  if (r.peek().kind !== 'shell') return null
  const { text, line, column } = r.next()
  return { kind: 'shell', command: text, line, column }
}

const parseEvent = (r: TokenReader): ScriptEvent => {
  const { line, column } = r.peek()
  const time = parseTime(r)
  const action = parseAction(r)
  const ranged = time.type !== 'absolute' && time.type !== 'relative'
  const outbound =
    (action.kind === 'tcp' || action.kind === 'icmp' || action.kind === 'udp') && action.direction === 'out'
  if (ranged && !outbound)
    r.fail(
      { line, column },
      time.type === 'any'
        ? "the time '*' is for outbound packets only"
        : 'a range of time is for outbound packets only',
    )
  if (time.end < time.start) r.fail({ line, column }, 'the range of time runs backwards')
  return { time, action, line, column }
}

const parseTime = (r: TokenReader): EventTime => {
  if (r.takeSymbol('*')) return { type: 'any', start: 0, end: 0 }
  const relative = r.takeSymbol('+')
  const start = parseSeconds(r)
  if (!r.takeSymbol('~')) return { type: relative ? 'relative' : 'absolute', start, end: start }
  if (relative && !r.takeSymbol('+')) r.unexpected("'+': both ends of a relative range are relative")
  if (!relative && r.isSymbol('+')) r.unexpected('an absolute time, as the beginning of the range is')
  const end = parseSeconds(r)
  return { type: relative ? 'relative-range' : 'absolute-range', start, end }
}

const parseSeconds = (r: TokenReader): number => {
  const token = r.peek()
  if (token.kind !== 'float' && token.kind !== 'integer')
    r.unexpected("a time (seconds, '+' seconds, '*'), an option or a command")
  r.next()
  const seconds = Number(token.text)
  if (seconds < 0) r.fail(token, 'a time is not negative')
  return Math.round(seconds * 1e6)
}

const parseAction = (r: TokenReader): Action => {
  const token = r.peek()
  if (r.isSymbol('<') || r.isSymbol('>')) return parsePacket(r)
  switch (token.kind) {
    case 'shell':
      return takeShell(r)!
    case 'code':
      r.next()
      return { kind: 'code', code: token.text.replace(/^[ \t]+|[ \t]+$/g, '') }
    case 'word':
    case 'ellipsis':
      return parseCall(r)
    default:
      r.unexpected('a packet (< or >), a system call, a command (`…`) or code (%{ … }%)')
  }
}

const parseCall = (r: TokenReader): SystemCall => {
  let end: number | null = null
  if (r.peek().kind === 'ellipsis') {
    r.next()
    end = parseSeconds(r)
  }
  const name = r.word('the name of a system call').text
  r.symbol('(')
  const given = until(r, ')')
  r.symbol('=')
  const result = parseExpression(r)
  let errno: string | null = null
  if (r.peek().kind === 'word') {
    errno = r.next().text
    if (!r.isSymbol('(')) r.unexpected(`a note in parentheses after ${errno}`)
  }
  // One note is the errno's, a second one whoever wrote the script's.
  while (r.isSymbol('(')) skipNote(r)
  return { kind: 'call', name, arguments: given, end, result, errno }
}

const skipNote = (r: TokenReader): void => {
  r.next()
  do r.word("a note's words")
  while (!r.isSymbol(')'))
  r.next()
}
