/** Packets of a script that are other than expected: every field, and timestamps. */
import { fails, LISTENER, passes, SERVER } from '../support/drill-scripts.ts'

// Packets

fails('flags', `${SERVER}+0 write(4, ..., 10) = 10\n+0 > . 1:11(10) ack 1`, 'flags: expected ., got P.', 9)
passes(
  'PSH is left out where that is asked for',
  `${SERVER}+0 write(4, ..., 10) = 10\n+0 > . 1:11(10) ack 1`,
  {
    config: { ignorePush: true },
  },
)
fails(
  'numbers and length',
  `${SERVER}+0 write(4, ..., 10) = 10\n+0 > P. 2:13(11) ack 2`,
  'seq: expected 2, got 1; ack: expected 2, got 1',
  9,
)
fails(
  'acknowledgment',
  `${SERVER}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 2`,
  'ack: expected 2, got 1',
  9,
)
fails(
  'window',
  `${SERVER}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1 win 1`,
  'win: expected 1, got 64240',
  9,
)
fails(
  'options: none are expected where none stand',
  `${LISTENER}+0 < S 0:0(0) win 1 <mss 1000>\n+0 > S. 0:0(0) ack 1`,
  'options: expected <>, got <mss 1460>',
  5,
)
fails(
  'options: their order',
  `${LISTENER}+0 < S 0:0(0) win 1 <mss 1000,sackOK,TS val 1 ecr 0>\n+0 > S. 0:0(0) ack 1 <sackOK,TS val 1 ecr 1,mss 1460>`,
  'options: expected <sackOK,TS,mss 1460>, got <mss 1460,sackOK,TS>',
  5,
)
fails(
  'time: too early',
  `${SERVER}+0 write(4, ..., 10) = 10\n+.1 > P. 1:11(10) ack 1`,
  'time: expected 0.200000 ± 0.012500, came early at 0.100000 (0.000000 after the event before)',
  9,
)
passes(
  'time: within an eighth of the gap',
  `${SERVER}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+.27 > P. 1:11(10) ack 1`,
)
fails(
  'time: a range',
  `${SERVER}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+.1~+.2 > P. 1:11(10) ack 1`,
  'time: expected 0.200000 to 0.300000 ± 0.012500, came late at 0.400000 (0.300000 after the event before)',
  10,
)
passes('time: any', `${SERVER}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n* > P. 1:11(10) ack 1`)
fails(
  'nothing comes',
  `${SERVER}+1 > . 1:1(0) ack 1`,
  'no packet came until 3.100000, and none ever would',
  8,
)
fails(
  'nothing ever comes: virtual time ends',
  `${SERVER}* > . 1:1(0) ack 1`,
  'no packet came until 600.100000, and none ever would',
  8,
)
passes(
  'segments that are parts of one packet',
  `${SERVER}+0 write(4, ..., 2500) = 2500\n+0 > P. 1:2501(2500) ack 1`,
)
passes(
  'segments one by one, where that is asked for',
  `--strict_segments\n${SERVER}+0 write(4, ..., 1500) = 1500\n+0 > . 1:1001(1000) ack 1\n+0 > P. 1001:1501(500) ack 1`,
)
fails(
  'one segment is not two, where segments count',
  `--strict_segments\n${SERVER}+0 write(4, ..., 1500) = 1500\n+0 > P. 1:1501(1500) ack 1`,
  'flags: expected P., got .; length: expected 1500, got 1000',
  10,
)
passes(
  'an inbound packet larger than a segment is one',
  `${SERVER}+0 < P. 1:5001(5000) ack 1 win 1000\n+0 > . 1:1(0) ack 5001`,
)
passes(
  'ECN bits and the rest of the traffic class',
  `${SERVER}+0 setsockopt(4, SOL_IP, IP_TOS, [0x10], 4) = 0\n+0 write(4, ..., 1) = 1\n+0 > [tos 0x10] P. 1:2(1) ack 1`,
)
fails(
  'ECN bits that are not there',
  `${SERVER}+0 write(4, ..., 1) = 1\n+0 > [ect0] P. 1:2(1) ack 1`,
  'ECN: expected ect0, got noecn',
  9,
)

// Timestamps

const STAMPED = `--tcp_ts_tick_usecs=1000
${LISTENER}+0 < S 0:0(0) win 20000 <mss 1000,sackOK,TS val 100 ecr 0>
+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 700 ecr 100>
+0 < . 1:1(0) ack 1 win 20000 <nop,nop,TS val 101 ecr 700>
+0 accept(3, ..., ...) = 4
`
passes('TSval ticks', `${STAMPED}+1 write(4, ..., 1) = 1\n+0 > P. 1:2(1) ack 1 <nop,nop,TS val 1700 ecr 101>`)
fails(
  'TSval that does not fit its time',
  `${STAMPED}+1 write(4, ..., 1) = 1\n+0 > P. 1:2(1) ack 1 <nop,nop,TS val 1800 ecr 101>`,
  'TS val: expected 1800, got 1700 (± 4 ticks)',
  10,
)
fails(
  'an echo of what was never sent',
  `${STAMPED}+0 < . 1:2(1) ack 1 win 100 <nop,nop,TS val 102 ecr 999>`,
  'no outbound packet had the timestamp 999 that is echoed here (TS ecr 999)',
  9,
)
