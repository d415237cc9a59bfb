import test from 'ava'
import { script } from './scripts.ts'

const { parseWrk } = script('wrk.js')
const { parseSlabs, grownEach } = script('slabs.js')
const { countCollections } = script('collections.js')
const { parseStat } = script('session.js')
const { parseBusy } = script('disturbance.js')
const { allowedCores } = script('processes.js')

const WRK = `Running 1s test @ http://192.0.2.2/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.99ms    2.03ms  43.24ms   94.72%
    Req/Sec    22.73k     2.30k   25.42k    90.00%
  Latency Distribution
     50%    2.56ms
     75%    3.10ms
     90%    980.00us
     99%    1.20s
  22648 requests in 1.00s, 3.22MB read
Requests/sec:  22618.94
Transfer/sec:      3.21MB
`

test('wrk: requests a second, and latencies in µs', t => {
  t.deepEqual(parseWrk(WRK), { count: 22618.94, seconds: 1, p50: 2560, p99: 1.2e6 })
})

test('wrk: errors are errors, not a rate', t => {
  t.deepEqual(parseWrk(WRK.replace('Requests/sec', '  Non-2xx or 3xx responses: 9\nRequests/sec')), {
    error: 'Non-2xx or 3xx responses: 9',
  })
  t.deepEqual(parseWrk('unable to connect to 192.0.2.2:http Connection refused\n'), {
    error: 'unable to connect to 192.0.2.2:http Connection refused',
  })
})

const slabs = (tcp: number, filp: number, other: number) =>
  parseSlabs(`slabinfo - version: 2.1
# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>
TCP                 ${tcp}    900   2368   13    8 : tunables    0    0    0 : slabdata     10     10      0
filp              ${filp}   9000    192   21    1 : tunables    0    0    0 : slabdata    100    100      0
kmalloc-64        ${other}   9000     64   64    1 : tunables    0    0    0 : slabdata    100    100      0
`)

test('of the kernel’s caches those count that have grown by nearly one object for each connection', t => {
  const before = slabs(10, 1000, 500)
  t.is(grownEach(before, slabs(1010, 1950, 900), 1000), 2368 + 0.95 * 192)
  t.is(grownEach(before, before, 1000), 0)
  // A cache that was not there before.
  t.is(grownEach(new Map(), slabs(1000, 0, 0), 1000), 2368)
})

test('collections of garbage in what --trace-gc writes', t => {
  const text = `[2181:0x3f9a2b0]       23 ms: Scavenge 2.6 (4.9) -> 2.2 (5.9) MB, 0.60 / 0.00 ms  (average mu = 1.000) allocation failure;
what a server says: ms: no Scavenge
[2181:0x3f9a2b0]       41 ms: Scavenge (interleaved) 3.1 (6.4) -> 2.6 (7.7) MB, 0.50 / 0.00 ms
[2181:0x3f9a2b0]       60 ms: Minor Mark-Compact 3.1 (6.4) -> 2.6 (7.7) MB
[2181:0x3f9a2b0]       99 ms: Mark-Compact (reduce) 3.0 (6.1) -> 2.1 (6.1) MB, 2.86 / 0.00 ms  finalize
`
  t.deepEqual(countCollections(text), { minor: 3, major: 1 })
})

test('what a process has used, although its name has blanks and brackets', t => {
  const fields = ['S', 1, 42, 4242, ...Array(7).fill(0), 150, 50, ...Array(8).fill(0), 1000]
  t.deepEqual(parseStat(`42 (a) b (c) ${fields.join(' ')} 0 0\n`), {
    session: 4242,
    cpu: 2,
    resident: 4_096_000,
  })
})

test('all cores’ busy time: idle and waiting do not count, what the host has stolen does', t => {
  t.is(parseBusy('cpu  100 10 50 9999 8888 5 15 20 7 7\ncpu0 1 1 1 1 1 1 1 1 0 0\n'), 2)
})

test('cores that we may use', t => {
  const status = (list: string) => `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${list}\n`
  t.deepEqual(allowedCores(status('0-1')), [0, 1])
  t.deepEqual(allowedCores(status('3')), [3])
  t.deepEqual(allowedCores(status('2,5-7')), [2, 5, 6, 7])
})
