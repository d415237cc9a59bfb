import test from 'ava'
import type { ScriptEvent, SystemCall, TcpPacket } from '../../src/packetdrill/ast.ts'
import { tokenize } from '../../src/packetdrill/lexer.ts'
import { parseScript } from '../../src/packetdrill/parser.ts'
import { ScriptError } from '../../src/packetdrill/script-error.ts'
import { ACK, FIN, PSH, SYN } from '../../src/wire/tcp.ts'

const events = (text: string, defines: Record<string, string> = {}): readonly ScriptEvent[] =>
  parseScript('a.pkt', text, new Map(Object.entries(defines))).events

const packet = (text: string): TcpPacket => events(`0 ${text}`)[0]!.action as TcpPacket
const call = (text: string): SystemCall => events(`0 ${text}`)[0]!.action as SystemCall

const words = (text: string): string =>
  tokenize('a.pkt', text)
    .map(token => `${token.kind}:${token.text}`)
    .join(' ')

test('the longest match is the word', t => {
  t.is(
    words('3021b9d8 00000000 0x1f .5 -1 +.1...0.2'),
    'word:3021b9d8 integer:00000000 hex:0x1f float:.5 integer:-1 symbol:+ float:.1 ellipsis:... float:0.2 end:',
  )
  t.is(
    words('1:1001(1000) fe80::1 10.0.0.1 ::1'),
    'integer:1 symbol:: integer:1001 symbol:( integer:1000 symbol:) ipv6:fe80::1 ipv4:10.0.0.1 ipv6:::1 end:',
  )
  t.is(
    words('/* a\n * b **/ P. // c\n`d "e"` %{ f }% "g\\"h"'),
    'word:P symbol:. shell:d "e" code: f  string:g\\"h end:',
  )
})

test('tokens know their place, also after comments and strings of several lines', t => {
  const [, second] = tokenize('a.pkt', '`one\ntwo` /* \n */  three')
  t.like(second!, { line: 3, column: 6, text: 'three' })
})

test('every form of time, in microseconds', t => {
  const times = events(`0 > . 1:1(0)
    .000001 > . 1:1(0)
    +1.5 > . 1:1(0)
    * > . 1:1(0)
    1~1.25 > . 1:1(0)
    +.1~+.2 > . 1:1(0)`).map(({ time }) => [time.type, time.start, time.end])
  t.deepEqual(times, [
    ['absolute', 0, 0],
    ['absolute', 1, 1],
    ['relative', 1_500_000, 1_500_000],
    ['any', 0, 0],
    ['absolute-range', 1_000_000, 1_250_000],
    ['relative-range', 100_000, 200_000],
  ])
})

test('a packet with all that it may have', t => {
  t.like(
    packet(
      '< [ect0] 1000 > 2000 FP. 1:11(10) ack 7 win 100 urg 3 <mss 1460,sack 1:2 3:4,TS val 5 ecr 6,wscale 7,nop>',
    ),
    {
      direction: 'in',
      ip: { ecn: 'ect0', tos: null, flowLabel: null, ttl: null },
      ports: { source: 1000, destination: 2000 },
      flags: FIN | PSH | ACK,
      seq: 1,
      length: 10,
      ack: 7,
      window: 100,
      urgent: 3,
      options: [
        { kind: 'mss', value: 1460 },
        {
          kind: 'sack',
          blocks: [
            [1, 2],
            [3, 4],
          ],
        },
        { kind: 'TS', val: 5, ecr: 6 },
        { kind: 'wscale', value: 7 },
        { kind: 'nop' },
      ],
    },
  )
})

test('flags: a dot alone, none, the ACE field; no options are none, <...> are any', t => {
  t.like(packet('> . 1:1(0)'), { flags: ACK, options: [], window: null })
  t.like(packet('> - 1:1(0) <...>'), { flags: 0, options: null })
  t.like(packet('> P.5 1:2(1)'), { flags: PSH | ACK, ace: 5 })
  t.like(packet('> SEWA 1:1(0)'), { flags: SYN | 0x40 | 0x80 | 0x100, ace: null })
})

test('options of later RFCs: Fast Open with and without a cookie, MD5, AccECN', t => {
  t.deepEqual(
    packet('> S 0:0(0) <FO,nop,nop,FOEXP 0a0b0c0d,md5 00112233445566778899aabbccddeeff,nop,nop>').options,
    [
      { kind: 'FO', data: new Uint8Array(0) },
      { kind: 'nop' },
      { kind: 'nop' },
      { kind: 'FOEXP', data: Uint8Array.of(10, 11, 12, 13) },
      { kind: 'md5', data: Uint8Array.from({ length: 16 }, (_, n) => n * 17) },
      { kind: 'nop' },
      { kind: 'nop' },
    ],
  )
  t.deepEqual(packet('> . 1:1(0) <ECN e1b 1 ceb 2 e0b 3,nop>').options?.[0], {
    kind: 'ECN',
    fields: [
      ['e1b', 1],
      ['ceb', 2],
      ['e0b', 3],
    ],
  })
})

test('ICMP: type, code, MTU and the quoted packet', t => {
  t.like(events('0 < icmp unreachable frag_needed mtu 800 [1:1001(1000)]')[0]!.action, {
    kind: 'icmp',
    type: 'unreachable',
    code: 'frag_needed',
    mtu: 800,
    echoed: { protocol: 'tcp', seq: 1, length: 1000 },
  })
  t.like(events('0 < icmp unreachable')[0]!.action, { code: null, mtu: null, echoed: { seq: 0, length: 0 } })
})

test('a system call: blocking, with errno and notes, over several lines', t => {
  t.like(call('...0.2 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)'), {
    name: 'connect',
    end: 200_000,
    errno: 'EINPROGRESS',
  })
  t.like(call('fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)'), { end: null, errno: null })
  const { arguments: given } = call(`sendmsg(4, {msg_name(...)=...,
      msg_iov(2)=[{..., 40}, {..., 20}], msg_flags=0}, MSG_MORE|MSG_DONTWAIT) = 60`)
  const [fd, message, flags] = given
  t.like(fd!, { kind: 'integer', value: 4 })
  t.is(
    message!.kind === 'struct' ? message!.fields.map(({ name }) => name).join() : '',
    'msg_name,msg_iov,msg_flags',
  )
  t.like(flags!, { kind: 'or', left: { kind: 'word', name: 'MSG_MORE' } })
})

test('strings: C escapes, and neighbours are one', t => {
  t.like(call(String.raw`setsockopt(3, A, B, "\xf7\n" "c\061", 3) = 0`).arguments[3]!, {
    kind: 'string',
    value: '\xf7\nc1',
  })
})

test('options, the first and the last command, and what words stand for', t => {
  const script = parseScript(
    'a.pkt',
    '--tolerance_usecs=5 --define=WHO=SHUT_RD --strict_segments\n`init`\n0 shutdown(4, WHO) = 0\n+1 `middle`\n`cleanup`',
    new Map([['OTHER', '1']]),
  )
  t.deepEqual(
    script.options.map(({ name, value }) => [name, value]),
    [
      ['tolerance_usecs', '5'],
      ['define', 'WHO=SHUT_RD'],
      ['strict_segments', null],
    ],
  )
  t.is(script.init?.command, 'init')
  t.is(script.cleanup?.command, 'cleanup')
  t.is(script.events.length, 2)
  const symbols = { N: '7', S: '"text"', W: 'word' }
  t.like(events('0 f(N, S, W) = 0', symbols)[0]!.action, {
    arguments: [
      { kind: 'integer', value: 7 },
      { kind: 'string', value: 'text' },
      { kind: 'word', name: 'word' },
    ],
  })
})

/** The first line of the error, without the file. */
const wrong = (text: string, message: string) =>
  test(`${JSON.stringify(text)}: ${message}`, t => {
    const error = t.throws(() => parseScript('a.pkt', text), { instanceOf: ScriptError })
    t.is(error?.message.split('\n')[0], `a.pkt:${message}`)
  })

wrong(
  '',
  '1:1: expected an event (TIME and a packet, a system call, a command or code), not the end of the script',
)
wrong(
  '0 < . 1:1(0) ack 1',
  "1:19: expected 'win': an inbound packet must say its window, not the end of the script",
)
wrong('0 > . 1:10(8)', '1:7: 1:10 are 9 bytes, but the length says 8')
wrong(
  '0 > S 0:0(0) <mss 1460,sackOK>',
  '1:14: the options take 6 bytes, which is no multiple of 4: pad with nop',
)
wrong('0 > S 0:0(0) <mss 1460,sack>', "1:28: expected the left edge of a SACK block, not '>'")
wrong('0 > S 0:0(0) <mss 99999>', '1:19: the MSS must be from 0 to 65535')
wrong(
  '0 > X. 1:1(0)',
  "1:5: 'X.' is no set of TCP flags: 'X' is none of F S R P E W A U".replace("'X.'", "'X'"),
)
wrong('* < . 1:1(0) win 0', "1:1: the time '*' is for outbound packets only")
wrong('+1~2 > . 1:1(0)', "1:4: expected '+': both ends of a relative range are relative, not '2'")
wrong('2~1 > . 1:1(0)', '1:1: the range of time runs backwards')
wrong('-1 > . 1:1(0)', '1:1: a time is not negative')
wrong('0 < . 1:1(0) win 1 <...>', '1:20: <...> is for outbound packets only')
wrong('0 socket(..., SOCK_STREAM', "1:26: expected ',' or ')', not the end of the script")
wrong(
  '0 close(3) = -1 EBADF',
  "1:22: expected '(', not the end of the script".replace(
    "expected '('",
    'expected a note in parentheses after EBADF',
  ),
)
wrong('`a`\n--mtu=3\n0 close(3) = 0', '2:1: an option after the first command: options come first')
wrong(
  '0 close(3) = 0\n`a`\n+0 close(4) = 0',
  '3:1: only one command without a time may follow the events, and nothing after it',
)
wrong('0 `sleep', '1:3: a shell command that does not end (`)')
wrong('0 %{ assert', '1:3: a code block that does not end (}%)')
wrong('/* a\n b', '1:1: a comment that does not end (*/)')
wrong('0 f("a', '1:5: a string that does not end')

test('the error shows the line and marks the column, behind tabs too', t => {
  const error = t.throws(() => parseScript('x/y.pkt', '0 close(3) = 0\n\t+0 close(3 = 0\n'), {
    instanceOf: ScriptError,
  })
  t.is(
    error?.message,
    ["x/y.pkt:2:13: expected ',' or ')', not '='", '    2 | \t+0 close(3 = 0', '      | \t           ^'].join(
      '\n',
    ),
  )
})
