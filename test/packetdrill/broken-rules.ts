/**
 * Ways to break each rule of the state table, of SEGMENT ARRIVES, of HyStart++ and of undoing by D-SACKs, one change of what
 * was compiled each: the scripts and tests whose heading cites the rule must then fail. `npm run broken-rules` tries them all.
 */

export interface BrokenRule {
  /** Rows of requirements.csv, separated by spaces. */
  readonly ids: string
  /** The file in src, without its ending. */
  readonly file: string
  /** The text that is changed, which is there once; white space and semicolons do not count. */
  readonly from: string
  readonly to: string
}

/** @param ids rows of the table, or names of the checks of `examine`, that are to notice it */
export const rule = (ids: string, file: string, from: string, to: string): BrokenRule => ({
  ids,
  file,
  from,
  to,
})

const ARRIVES = 'tcp/arrives'
const ACK_FIELD = 'tcp/arrives-ack'
const SYN_SENT = 'tcp/arrives-syn-sent'
const TEXT = 'tcp/arrives-text'
const CALLS = 'tcp/calls'
const LISTEN = 'tcp/listen'
const TIME_WAIT = 'tcp/time-wait'
const NEGOTIATION = 'tcp/ecn/negotiation'
const MARKS_SEEN = 'tcp/ecn/marks-seen'
const MARKS_TOLD = 'tcp/ecn/marks-told'
const HYSTART = 'tcp/congestion/hystart'
const UNDO = 'tcp/recovery/undo'

/** The table says another state. */
const row = (ids: string, from: string, event: string, to: string, wrong: string): BrokenRule =>
  rule(
    ids,
    'tcp/state',
    `{ from: '${from}', event: '${event}', to: '${to}',`,
    `{ from: '${from}', event: '${event}', to: '${wrong}',`,
  )

export const BROKEN_RULES: readonly BrokenRule[] = [
  // Transitions
  rule('ST-1 ST-4 SA-7', LISTEN, "sendSyn(c, 'SYN,ACK')", ''),
  rule('ST-2', CALLS, "sendSyn(c, 'SYN')", ''),
  rule('ST-3', 'posix/ending', 's.listener?.close()', ''),
  rule('ST-6', CALLS, "fail(c, 'CLOSE', 'call', null) return", 'return'),
  rule('ST-7 SA-20', SYN_SENT, "sendSyn(c, 'SYN,ACK') armTimeout(c)", ''),
  rule('ST-8 SA-18', SYN_SENT, "ackNow(c, 'ack of SYN')", ''),
  rule(
    'ST-9 SA-51',
    ACK_FIELD,
    "c.transition('ack of SYN', 'segment') takeWindow(c, segment) becomeEstablished(c, segment)",
    'return false',
  ),
  rule(
    'ST-10 ST-23 SA-38',
    ARRIVES,
    "fail(c, 'RST after passive OPEN', 'segment', 'ECONNRESET')",
    "c.env.drop('rst-window')",
  ),
  row('ST-11', 'SYN_RECEIVED', 'CLOSE', 'FIN_WAIT_1', 'ESTABLISHED'),
  row('ST-12', 'ESTABLISHED', 'CLOSE', 'FIN_WAIT_1', 'ESTABLISHED'),
  row('ST-13 SA-72 SA-73', 'ESTABLISHED', 'FIN', 'CLOSE_WAIT', 'ESTABLISHED'),
  row('ST-14', 'FIN_WAIT_1', 'ack of FIN', 'FIN_WAIT_2', 'FIN_WAIT_1'),
  row('ST-15 SA-74', 'FIN_WAIT_1', 'FIN', 'CLOSING', 'FIN_WAIT_1'),
  rule(
    'ST-16 SA-74',
    TEXT,
    "if (c.finAcked) { enterTimeWait(c, 'FIN, our FIN acked') }",
    "if (c.finAcked) { fail(c, 'RST', 'segment', null) }",
  ),
  rule('ST-17 SA-75', TEXT, "enterTimeWait(c, 'FIN')", "fail(c, 'RST', 'segment', null)"),
  rule('ST-18 SA-60', ACK_FIELD, "enterTimeWait(c, 'ack of FIN') return false", 'finish(c); return false'),
  rule('ST-19', CALLS, "case 'CLOSE_WAIT': if (c.finQueued)", 'if (c.finQueued)'),
  rule('ST-20 SA-61 SA-3', ACK_FIELD, 'finish(c) return false', 'return false'),
  rule('ST-21 SA-80', TIME_WAIT, '2 * record.options.msl', '20 * record.options.msl'),
  rule('ST-22', CALLS, 'sendReset(c) break', 'break'),
  rule('ST-22', CALLS, 'sendReset(c) break', 'sendReset(c); sendReset(c); break'),
  rule(
    'ST-23 SA-35 SA-40',
    ARRIVES,
    "default: fail(c, 'RST', 'segment', 'ECONNRESET')",
    "default: c.env.drop('rst-window')",
  ),
  // CLOSED
  rule('SA-1', 'tcp/ending', 'if (segment.flags & RST) return', ''),
  rule(
    'SA-2',
    'tcp/ending',
    '(segment.seq + segment.sequenceLength) | 0',
    '(segment.seq + segment.length) | 0',
  ),
  rule('SA-2 SA-71', 'tcp/ending', '(segment.seq + segment.sequenceLength) | 0', 'segment.seq'),
  rule('SA-3', 'tcp/ending', 'out.reset(segment.ack, 0, RST, 0', 'out.reset(segment.ack, 0, RST | ACK, 0'),
  // LISTEN
  rule('SA-4', LISTEN, "env.drop('listen-rst')", 'segment.flags = 0; refuse(env, source, segment)'),
  rule('SA-5', LISTEN, "env.drop('listen-flags') refuse(env, source, segment)", ''),
  rule(
    'SA-8',
    LISTEN,
    'takeWindow(c, segment)',
    'takeWindow(c, segment); c.receiveQueue.push(segment.text); c.rcv.nxt += segment.length',
  ),
  rule(
    'SA-9',
    'host/passive-opens',
    'newConnection(this.#source,',
    'newConnection(new this.#source.constructor(this.#source.options).become(0, 80, 0, 1),',
  ),
  rule(
    'SA-10',
    LISTEN,
    "if (!(segment.flags & SYN)) { env.drop('listen-flags')",
    'if (!(segment.flags & SYN)) { refuse(env, source, segment)',
  ),
  // SYN-SENT
  rule('SA-11', SYN_SENT, 'if (hasAck && (seqLeq(ack, snd.iss) || seqGt(ack, snd.nxt)))', 'if (false)'),
  rule('SA-12', SYN_SENT, '(seqLeq(ack, snd.iss) || seqGt(ack, snd.nxt))', 'ack !== snd.nxt'),
  rule('SA-13', SYN_SENT, "if (hasAck) fail(c, 'RST', 'segment', 'ECONNREFUSED')", 'if (hasAck) void 0'),
  rule(
    'SA-14',
    SYN_SENT,
    "if (hasAck) fail(c, 'RST', 'segment', 'ECONNREFUSED')",
    "if (true) fail(c, 'RST', 'segment', 'ECONNREFUSED')",
  ),
  rule('SA-15', SYN_SENT, 'if (hasAck) fail(c,', 'if (hasAck && segment.seq === 0) fail(c,'),
  rule('SA-17', SYN_SENT, 'earlyTextAnswered(c, segment) snd.una = ack', 'earlyTextAnswered(c, segment)'),
  rule('SA-18', 'tcp/handshake', 'segment.flags & SYN ? segment.window :', 'false ? 0 :'),
  rule(
    'SA-19',
    SYN_SENT,
    'segment.flags &= ~SYN trimToWindow(c, segment) textAndControls(c, segment)',
    'segment.flags &= ~SYN',
  ),
  rule(
    'SA-21',
    SYN_SENT,
    "if (!hasAck) { c.transition('SYN', 'segment')",
    "if (!hasAck) { c.receiveQueue.push(segment.text); c.transition('SYN', 'segment')",
  ),
  rule('SA-22', SYN_SENT, 'if (!(flags & SYN)) {', 'if (!(flags & SYN) && !hasAck) {'),
  // First: the sequence number
  rule('SA-23 SA-25 SA-24', ARRIVES, 'if (acceptable) return true', 'return true'),
  rule(
    'SA-23 SA-29',
    TIME_WAIT,
    '|| seqGt(segment.ack, record.sndNxt)) answer(env, record, segment)',
    ') {}',
  ),
  rule('SA-24', ARRIVES, '? window === 0 ? offset === 0', '? window === 0 ? true'),
  rule('SA-25', ARRIVES, ': offset >= 0 && offset < window :', ': offset >= 0 && offset <= window :'),
  rule('SA-26', ARRIVES, ': window > 0 && ((offset >= 0', ': window === 0 || ((offset >= 0'),
  rule('SA-27', ARRIVES, '(last >= 0 && last < window)', 'false'),
  rule('SA-27 SA-31', 'tcp/trim', 'segment.length = room', 'segment.length += 0'),
  rule(
    'SA-28 SA-33',
    ARRIVES,
    'if (window === 0 && segment.flags & ACK && (offset === 0 || offset === 1))',
    'if (false)',
  ),
  rule(
    'SA-29 SA-76',
    ARRIVES,
    'answerUnacceptable(c, segment) return false } /** A reset',
    'return false } /** A reset',
  ),
  rule(
    'SA-30 SA-48',
    TIME_WAIT,
    'if (isOldDuplicate(record, segment, now)) return false return seqDiff',
    'return seqDiff',
  ),
  rule(
    'SA-30 SA-48',
    TIME_WAIT,
    'return seqDiff(segment.tsVal, record.tsRecent) !== 0 || laterSeq',
    'return laterSeq',
  ),
  rule('SA-31', 'tcp/trim', 'const cut = Math.min(old, segment.length)', 'const cut = 0'),
  rule('SA-32', TEXT, 'holdAbove(c, segment)', ''),
  rule('SA-32', TEXT, 'rcv.fin !== rcv.nxt', 'rcv.fin === null'),
  // Second: the RST bit
  rule('SA-34', ARRIVES, "c.env.drop('rst-window') return false", 'return true'),
  rule('SA-36', ARRIVES, 'if (segment.seq !== c.rcv.nxt && !missesFin(c, segment)) {', 'if (false) {'),
  rule(
    'SA-39',
    ARRIVES,
    "if (c.active) fail(c, 'RST', 'segment', refusal(c))",
    "if (c.active) c.env.drop('rst-window')",
  ),
  rule('SA-40', ARRIVES, "fail(c, 'RST', 'segment', 'EPIPE')", "c.env.drop('rst-window')"),
  rule('SA-40', 'tcp/ending', 'if (!c.options.resetKeepsText)', 'if (false)'),
  rule('SA-41', ARRIVES, "fail(c, 'RST', 'segment', null)", "c.env.drop('rst-window')"),
  rule('SA-41', TIME_WAIT, "return 'end'", 'return null'),
  // Fourth: the SYN bit
  rule('SA-44', ARRIVES, "fail(c, 'SYN after passive OPEN', 'segment', 'ECONNRESET')", 'challenge(c)'),
  rule('SA-44', ARRIVES, "sendSyn(c, 'SYN,ACK again') return", 'return'),
  rule(
    'SA-45',
    ARRIVES,
    "if (c.state === 'SYN_RECEIVED' && !c.active) fail",
    "if (c.state === 'SYN_RECEIVED') fail",
  ),
  rule(
    'SA-46',
    ARRIVES,
    "'segment', 'ECONNRESET') else challenge(c)",
    "'segment', 'ECONNRESET'); else fail(c, 'RST', 'segment', 'ECONNRESET')",
  ),
  // Fifth: the ACK field
  rule('SA-49', ARRIVES, "c.env.drop('ack-missing') return", "c.env.drop('ack-missing')"),
  rule('SA-50', ACK_FIELD, 'if (!isCredible(c, ack))', 'if (false)'),
  rule(
    'SA-52',
    ACK_FIELD,
    "c.env.drop('ack-unacceptable') resetAck(c, ack)",
    "c.env.drop('ack-unacceptable')",
  ),
  rule('SA-53', ACK_FIELD, 'c.sendQueue.acknowledge(text)', ''),
  rule('SA-54', ACK_FIELD, 'if (!isCredible(c, ack))', 'if (seqLt(ack, snd.una))'),
  rule(
    'SA-55',
    ACK_FIELD,
    "challenge(c, 'duplicate ACK') return false }",
    "challenge(c, 'duplicate ACK'); return true }",
  ),
  rule('SA-55', ACK_FIELD, "if (c.options.answersUnsentAck) challenge(c, 'duplicate ACK')", ''),
  rule('SA-56', ACK_FIELD, 'if (!newer) return', ''),
  rule('SA-57', ACK_FIELD, 'c.wake(NOTICE_WRITABLE) return true', 'return false'),
  rule('SA-58', ACK_FIELD, 'c.wake(NOTICE_WRITABLE) return true', 'return true'),
  rule(
    'SA-59',
    ACK_FIELD,
    'if (!c.allAcked || c.recovery.undoable',
    "if (c.state !== 'CLOSE_WAIT' && !c.allAcked || c.recovery.undoable",
  ),
  rule(
    'SA-60',
    ACK_FIELD,
    'if (!c.finAcked) return true',
    "if (!c.finAcked && c.state !== 'CLOSING') return true",
  ),
  rule(
    'SA-62 SA-77',
    TIME_WAIT,
    'sendLastAck(env, record) armTimeWait(env, record)',
    'sendLastAck(env, record)',
  ),
  // Sixth, seventh, eighth: URG, text, FIN
  rule(
    'SA-63',
    'tcp/block/urgent',
    'seqAdd(segment.seq, segment.urgent)',
    'seqAdd(segment.seq, segment.length)',
  ),
  rule('SA-65', TEXT, 'if (receiving(c)) takeUrgentPointer', 'takeUrgentPointer'),
  rule('SA-66', TEXT, "|| c.state === 'FIN_WAIT_2'", ''),
  rule('SA-67', 'tcp/queues/receive-window', 'const unread = c.receiveQueue.length', 'const unread = 0'),
  rule('SA-68', TEXT, 'ackSoon(c)', "sendAck(c, 'ACK')"),
  rule('SA-69', TEXT, "sendAck(c, 'duplicate ACK')", 'ackSoon(c)'),
  rule('SA-70', TEXT, "if (!receiving(c)) { c.env.drop('text-after-fin')", 'if (false) {'),
  rule('SA-71', SYN_SENT, "c.env.drop('syn-sent-flags')", "if (flags & 1) fail(c, 'RST', 'segment', null)"),
  rule('SA-72', TEXT, 'c.finReceived = true', ''),
  rule(
    'SA-72 SA-73',
    TEXT,
    "case 'ESTABLISHED': ackEnd(c, (segment.flags & FIN) !== 0)",
    "case 'ESTABLISHED':",
  ),
  // Timeouts
  rule('SA-78', 'tcp/send/user-timeout', 'return options.userTimeout', 'return 0'),
  // Sending arms the timer as well: only without both would it stand still.
  rule('SA-79', 'tcp/timeouts', 'timedOut(c) } armTimeout(c)', '} armTimeout(c)'),
  // Accurate ECN
  rule(
    'R9768-2',
    NEGOTIATION,
    'const ENCODING = [0b010, 0b011, 0b100, 0b110]',
    'const ENCODING = [2, 3, 4, 5]',
  ),
  rule('R9768-6', NEGOTIATION, 'a.r.cep === INITIAL_CEP) a.r.cep++', 'a.r.cep === INITIAL_CEP) a.r.cep += 0'),
  rule('R9768-11', NEGOTIATION, 'a !== null && !a.synAckSent', 'a !== null'),
  rule('R9768-11 R9768-12', NEGOTIATION, 'const AGREEING_TIMEOUTS = 2', 'const AGREEING_TIMEOUTS = 9'),
  rule('R9768-12', NEGOTIATION, 'ecn.disclaim() a.claimedLess = true', 'a.claimedLess = true'),
  rule('R9768-14', NEGOTIATION, "kind !== 'none' && kind !== before", 'false'),
  rule('R9768-18', MARKS_SEEN, 'a.r.cep += pieces', 'if (segment.length > 0) a.r.cep += pieces'),
  rule('R9768-21', 'tcp/send/emit', 'aceFlags(a.r.cep)', 'aceFlags(Math.min(7, a.r.cep))'),
  rule('R9768-25', MARKS_TOLD, 'packets < ACE_VALUES ? step :', 'true ? step :'),
  rule('R9768-29', MARKS_TOLD, 'if (ack.ace === 0)', 'if (false)'),
  rule('R9768-34', 'tcp/ecn/option', 'fieldsFor(bits, 0) < fieldsFor(bits, 1)', 'false'),
  rule('R9768-36', 'tcp/ecn/option', 'a.demand > 0 || a.changed !== 0', 'true'),
  rule('R9768-45', 'tcp/syn-cookie', 'const LEAST_ACCURATE = 0b010', 'const LEAST_ACCURATE = 8'),
  // HyStart++
  rule('R9406-1', HYSTART, 'const N_RTT_SAMPLE = 8', 'const N_RTT_SAMPLE = 7'),
  rule('R9406-2', HYSTART, 'const MIN_RTT_THRESH = 4', 'const MIN_RTT_THRESH = 3'),
  rule('R9406-3', HYSTART, 'const CSS_ROUNDS = 5', 'const CSS_ROUNDS = 6'),
  rule('R9406-4', HYSTART, "this.#baseline = null this.phase = 'slow start'", 'this.#baseline = null'),
  rule('R9406-5', HYSTART, 'paced ? acked : Math.min(acked, UNPACED_LIMIT * mss)', 'acked'),
  rule('R9406-6 R9406-7', 'tcp/congestion/ack-clock', 'sample.delivered > UNPACED_LIMIT * mss', 'false'),
  // Undoing by D-SACKs
  rule(
    'R3708-1 R3708-3',
    UNDO,
    'c.recovery.resentRanges.duplicate(ack.duplicateLeft, ack.duplicateRight)',
    'c.recovery.resentRanges.duplicate(c.snd.una - 1e6, c.snd.nxt)',
  ),
  rule('R3708-3', 'tcp/recovery/resent-ranges', 'left = end', ''),
  rule('R3708-2', UNDO, "undo(c, 'D-SACK')", ''),
  rule('R3708-4', UNDO, 'if (troubles.octetsDuplicate > troubles.octetsResent) return', ''),
  rule('R3708-5', UNDO, 'c.flight.lost === 0 && r.resentRanges.allDuplicate', 'r.resentRanges.allDuplicate'),
  rule('R3708-6', UNDO, 'seqGt(c.snd.una, r.undoUntil)', 'false'),
]

/** The rule's text in what was compiled, where white space and semicolons are others. */
const pattern = (from: string): RegExp =>
  new RegExp(
    from
      .split(/\s+/)
      .map(word => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('[\\s;]*'),
    'g',
  )

/** @throws Error when the rule's text is not there once */
export const breakRule = (compiled: string, { file, from, to }: BrokenRule): string => {
  const found = [...compiled.matchAll(pattern(from))]
  if (found.length !== 1) throw new Error(`src/${file}.ts has this ${found.length} times: ${from}`)
  const [{ 0: text, index }] = found as [RegExpExecArray]
  return `${compiled.slice(0, index)}${to}${compiled.slice(index + text.length)}`
}
