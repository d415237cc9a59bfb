/** The messages about calls and commands that are wrong, and the fate of scripts that need more than a stack. */
import test from 'ava'
import { formatOutcome, formatTap } from '../../src/packetdrill/report.ts'
import { fails, LISTENER, passes, run, SERVER } from '../support/drill-scripts.ts'

// System calls

fails(
  'a result',
  `${SERVER}+0 read(4, ..., 10) = 5\n`,
  'read() still blocks after 600 s of virtual time: the script never ends',
  8,
)
fails(
  'an errno',
  `${SERVER}+0 bind(4, ..., ...) = -1 EBADF (Bad file)`,
  'bind() returned -1 EINVAL, not -1 EBADF',
  8,
)
fails(
  'a blocking call that returns too early',
  `${SERVER}+0...1 read(4, ..., 10) = 10\n+.1 < P. 1:11(10) ack 1 win 100\n+0 > . 1:1(0) ack 11`,
  'read() returned at 0.200000, not at 1.100000 ± 0.125000',
  8,
)
fails(
  'a blocking call that does not return',
  `${SERVER}+0...1 read(4, ..., 10) = 10`,
  'read() has not returned until 2.100000: it was to return at 1.100000 (begun at 0.100000)',
  8,
)
fails(
  'an option',
  `${SERVER}+0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [999], [4]) = 0`,
  'getsockopt() TCP_MAXSEG is 1000, not 999',
  8,
)
fails('a call that there is not', '0 fork() = 0', 'fork(): there is no system call fork() here', 1)
fails(
  'a symbol',
  '0 socket(..., SOCK_RAW, 0) = 3',
  "socket(): the type: the symbol 'SOCK_RAW' is not known",
  1,
)

// Code and commands

fails(
  'an assertion',
  `${SERVER}+0 %{ assert tcpi_snd_cwnd == 11, tcpi_snd_cwnd }%`,
  'assertion failed: tcpi_snd_cwnd == 11: 10',
  8,
)
fails(
  'an assertion on a later line',
  `${SERVER}+0 %{\nassert 1\nassert 0, "no" }%`,
  'assertion failed: 0: no',
  10,
)
passes(
  'sysctls, by whatever command',
  `\`sysctl -q net.ipv4.tcp_timestamps=0 net.ipv4.tcp_rmem="4096 540000 $((15*1024*1024))"
../common/set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0 # not wanted\`
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <mss 1460,nop,wscale 8>`,
)
passes(
  'sysctls in the middle are for sockets to come, and can be taken back',
  `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 10>
+0 \`set_sysctls.py /proc/sys/net/ipv4/tcp_timestamps=0\`
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4
+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(4, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <mss 1460,nop,nop,sackOK,nop,wscale 10>
+0 \`/tmp/sysctl_restore_\${PPID}.sh\`
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 5
+0 fcntl(5, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(5, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 10>`,
)
passes(
  'a script that a command runs is read as well',
  // Four of its SYNs leave at even intervals, which are no retries to Linux (tcp_syn_linear_timeouts).
  '`./common.sh`\n0 socket(..., SOCK_STREAM, 6) = 3\n+0...5 connect(3, ..., ...) = -1 ETIMEDOUT (Timed out)\n+0 > S 0:0(0) <mss 1460,nop,nop,sackOK,nop,wscale 10>\n+5 < R. 0:0(0) ack 1 win 0',
  {
    readFile: path =>
      path === './common.sh'
        ? 'sysctl net.ipv4.tcp_timestamps=0\nsysctl -q net.ipv4.tcp_syn_retries=0'
        : null,
  },
)
fails(
  'a sysctl out of bounds',
  '0 `sysctl net.ipv4.tcp_retries2=1000`',
  'sysctl tcp_retries2=1000: TCP option retries must be from 1 to 255, not 1000',
  1,
)
fails(
  "an option of the stack's that there is not",
  '0 `sysctl tuntcp.nonsense=1`',
  "the stack has no option 'tuntcp.nonsense'",
  1,
)
fails('the first event is at 0', '+1 socket(..., SOCK_STREAM, 6) = 3', 'the first event must be at time 0', 1)
fails(
  'an option of the script that is none',
  '--nonsense\n0 socket(..., SOCK_STREAM, 6) = 3',
  "there is no option '--nonsense'",
  1,
)

for (const [what, text, reason] of [
  ['splice', '0 splice(3, NULL, 4, NULL, 1, 0) = 1', 'splice(2)'],
  [
    'zerocopy',
    `${SERVER}+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{...,0}], msg_flags=0}, MSG_ERRQUEUE) = 0`,
    'the error queue (MSG_ERRQUEUE)',
  ],
  ['MD5', '0 < S 0:0(0) win 1 <md5 00112233445566778899aabbccddeeff,nop,nop>', 'MD5 signatures'],
  ['null pointers', `${SERVER}+0 write(4, NULL, 10) = -1 EFAULT (Bad address)`, 'null pointers'],
  [
    'a counter that the stack has not',
    '0 `nstat | grep TcpExtTCPOrigDataSent`',
    "a command of the surroundings: the counter of 'nstat | grep TcpExtTCPOrigDataSent'",
  ],
] as const)
  test(`skipped, not passed: ${what}`, t => {
    t.like(run(text), { result: 'skip', reason })
  })

test('a failure says what was expected, what came, when, and the ladder up to there', t => {
  t.is(
    formatOutcome(run(`${SERVER}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 2`)),
    `FAIL a.pkt:9: ack: expected 2, got 1
  expected  > P. 1:11(10) ack 2
  came      > P. 1:11(10) ack 1 win 64240  at 0.100000
  up to there:
    0.000000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
    0.000000 bind(3, ..., ...) = 0
    0.000000 listen(3, 1) = 0
    0.000000 < S 0:0(0) win 20000 <mss 1000>
    0.000000 > S. 0:0(0) ack 1 win 64240 <mss 1460>
    0.100000 < . 1:1(0) ack 1 win 20000
    0.100000 accept(3, ..., ...) = 4
    0.100000 write(4, ..., 10) = 10
    0.100000 > P. 1:11(10) ack 1 win 64240`,
  )
})

test('TAP: points, skips and diagnostics', t => {
  const outcomes = [
    run(SERVER),
    run(`${SERVER}+1 > . 1:1(0) ack 1`),
    run('0 splice(3, NULL, 4, NULL, 1, 0) = 1'),
  ]
  t.is(
    formatTap(outcomes),
    `TAP version 14
1..3
ok 1 - a.pkt
not ok 2 - a.pkt
  ---
  message: "no packet came until 3.100000, and none ever would"
  at: "a.pkt:8"
  details:
    - "expected  > . 1:1(0) ack 1"
    - "came      nothing"
  ...
ok 3 - a.pkt # SKIP splice(2)
# 1 passed, 1 failed, 1 skipped`,
  )
})

// Calls that the real tool takes, beyond the public suite

passes(
  'an empty ACK and the text after it are one packet',
  `${SERVER}+0 < P. 1:301(300) ack 1 win 20000
+0 read(4, ..., 400) = 300
+0 write(4, ..., 90) = 90
+0 > P. 1:91(90) ack 301`,
)
fails(
  'an empty ACK without the text is not the packet that was expected',
  `${SERVER}+0 < P. 1:301(300) ack 1 win 20000
+0 > P. 1:91(90) ack 301`,
  'the rest of the packet did not come until 2.100000, and none ever would',
  9,
)
passes(
  'a SYN,ACK in TIME-WAIT begins no numbers of the peer',
  `${SERVER}+0 shutdown(4, SHUT_WR) = 0
+0 > F. 1:1(0) ack 1
+.03 < . 1:1(0) ack 2 win 20000
+0 < F. 1:1(0) ack 2 win 20000
+0 > . 2:2(0) ack 2
+1 < S. 900:900(0) ack 2 win 20000 <mss 1000>
+0 > . 2:2(0) ack 2`,
)
passes(
  'a SYN that ends a TIME-WAIT begins the numbers of the peer anew',
  `${SERVER}+0 shutdown(4, SHUT_WR) = 0
+0 > F. 1:1(0) ack 1
+.03 < . 1:1(0) ack 2 win 20000
+0 < F. 1:1(0) ack 2 win 20000
+0 > . 2:2(0) ack 2
+1 < S 5000:5000(0) win 20000 <mss 1000>
+0 > S. 0:0(0) ack 5001 <mss 1460>
+.1 < P. 1:11(10) ack 1 win 20000
+0 > . 1:1(0) ack 11`,
)
passes(
  'SOCK_NONBLOCK, EWOULDBLOCK, and the state of a socket without a connection',
  `0 socket(..., SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 %{ assert tcpi_state == TCP_CLOSE, f"{tcpi_state=}" }%
+0 listen(3, 2) = 0
+0 %{ assert tcpi_state == TCP_LISTEN, f"{tcpi_state=}" }%
+0 accept(3, ..., ...) = -1 EWOULDBLOCK (Resource temporarily unavailable)`,
)
passes(
  'options by their numbers: TCP_NODELAY is 1 of SOL_TCP, SO_KEEPALIVE 9 of SOL_SOCKET',
  `${SERVER}+0 setsockopt(4, SOL_TCP, 1, [1], 4) = 0
+0 getsockopt(4, SOL_TCP, TCP_NODELAY, [1], [4]) = 0
+0 setsockopt(4, SOL_SOCKET, 9, [1], 4) = 0
+0 getsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], [4]) = 0`,
)
fails(
  'a number that is no option of its level',
  `${SERVER}+0 setsockopt(4, SOL_TCP, 999, [1], 4) = 0`,
  'setsockopt(): the option 999 of this level is not known',
  8,
)
passes(
  '<nocheck> stands for any options, and the ACE field may stand before the dot',
  `${LISTENER}+0 < S 0:0(0) win 20000 <mss 1000>
+0 > S. 0:0(0) ack 1 <nocheck>
+.1 < P0. 1:11(10) ack 1 win 20000
+0 > 0. 1:1(0) ack 11`,
)
passes(
  'a counter has grown by as much as is said',
  `${SERVER}+0 \`nstat -n\`
+0 < icmp unreachable frag_needed mtu 600 [50000:51000(1000)]
+0 \`nstat | grep TcpExtOutOfWindowIcmps | grep -q " 1 "\``,
)
fails(
  'a counter has grown by another number',
  `${SERVER}+0 \`nstat -n\`
+0 \`nstat | grep TcpExtOutOfWindowIcmps | grep -q " 1 "\``,
  'the counter TcpExtOutOfWindowIcmps has grown by 0, not by 1',
  9,
)
passes(
  'a queue without room drops everything that leaves, until it is another',
  `${SERVER}+0 \`tc qdisc replace dev tun0 root pfifo limit 0\`
+0 write(4, ..., 10) = 10
+.1 \`tc qdisc replace dev tun0 root pfifo limit 100\`
+.1~+.5 > P. 1:11(10) ack 1`,
)
