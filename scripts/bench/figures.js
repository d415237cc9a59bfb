/**
 * The figures: for each what the client is to do, and the rows of the table that come of what it reports. A
 * row's `of` takes the report (bytes, count; p50, p99 in µs; seconds; serverCpu and clientCpu, or cpu of both, in s) and
 * gives the number, or undefined where there is none. A quiet row appears only when it is not zero; one with `ratio: false`
 * is not compared.
 */
import { freemem } from 'node:os'
import { thousands } from './digits.js'
import { CONNECTIONS } from './wrk.js'

const GB = 1e9

/** Megabytes that a heap of very many connections may have. */
const most = Math.floor((0.6 * freemem()) / 2 ** 20)

const cpuOf = ({ cpu, serverCpu, clientCpu }) => cpu ?? serverCpu + clientCpu
const rate = ({ count, seconds }) => count / seconds

const bulk = name => [
  { title: `${name}, GB/s`, of: ({ bytes, seconds }) => bytes / GB / seconds },
  { title: `${name}, CPU s/GB of the server`, of: ({ serverCpu, bytes }) => serverCpu / (bytes / GB) },
  { title: `${name}, CPU s/GB of both ends`, of: report => cpuOf(report) / (report.bytes / GB) },
  {
    title: `${name}, minor collections/GB`,
    ratio: false,
    of: ({ collections, bytes }) => collections?.minor / (bytes / GB),
  },
]

const connects = title => [
  { title: `connections/s, ${title}`, of: rate },
  { title: `connections/s, ${title}: failed`, of: ({ lost }) => lost, quiet: true, ratio: false },
]

export const FIGURES = {
  upload: { about: 'bulk data from the client to the server', rows: bulk('upload') },
  download: { about: 'bulk data from the server to the client', rows: bulk('download') },
  echo: {
    about: 'one byte there and back, one at a time',
    rows: [
      { title: 'request/response of 1 byte, /s', of: rate },
      { title: 'request/response of 1 byte, median µs', of: ({ p50 }) => p50 },
      { title: 'request/response of 1 byte, p99 µs', of: ({ p99 }) => p99 },
    ],
  },
  connect: {
    about: 'connect, 1 byte there and back, close; one at a time',
    client: 'connects',
    words: ['atOnce=1'],
    rows: connects('1 at a time'),
  },
  connect32: {
    about: 'the same with 32 connections at a time',
    client: 'connects',
    words: ['atOnce=32'],
    rows: connects('32 at a time'),
  },
  http: {
    about: `requests to an http.Server over ${CONNECTIONS} connections that stay open`,
    words: [`connections=${CONNECTIONS}`],
    rows: [
      { title: `HTTP requests/s, ${CONNECTIONS} connections kept alive`, of: rate },
      { title: 'HTTP request, p99 µs', of: ({ p99 }) => p99 },
    ],
  },
  idle: {
    about: 'many connections that say nothing: the memory each takes',
    alone: true,
    networkOnly: true,
    rows: [
      { title: 'idle connections: opened/s', of: rate },
      { title: 'idle connections: failed', of: ({ failed }) => failed, quiet: true, ratio: false },
      {
        title: 'idle connection, bytes, kernel included',
        of: ({ resident, kernel = 0 }) => resident + kernel,
      },
      { title: 'idle connection, bytes of the heap', of: ({ script }) => script },
      { title: "idle connection, bytes of the kernel's", of: ({ kernel }) => kernel },
    ],
  },
  packets: {
    about: 'CPU time of a packet through a whole host, by number of connections (in memory)',
    memoryOnly: true,
    script: 'scale/packets.js',
    rows: [10, 1000, 100_000].map(count => ({
      title: `CPU ns a packet, ${thousands(count)} connections`,
      of: report => report[`ns${count}`],
    })),
  },
  events: {
    about: 'what the event stream costs a packet: without a reader, and with (in memory)',
    memoryOnly: true,
    script: 'scale/events.js',
    rows: [
      ['none', 'nobody reads the event stream'],
      ['idle', 'with a reader that does nothing'],
      ['log', 'with the state log'],
      ['capture', 'with a capture'],
    ].map(([key, title]) => ({ title: `CPU ns a packet, ${title}`, of: report => report[key] })),
  },
  lives: {
    about:
      'CPU time of a connection without a Socket from SYN to last ACK; with its states logged (in memory)',
    memoryOnly: true,
    script: 'scale/connections.js',
    rows: [
      ['none', 'nobody reads the event stream'],
      ['log', 'with the state log'],
    ].map(([key, title]) => ({ title: `CPU µs a bare connection, ${title}`, of: report => report[key] })),
  },
  cores: {
    about: 'memory of an idle connection without a Socket, up to a million of them (in memory; once)',
    memoryOnly: true,
    once: true,
    script: 'scale/cores.js',
    flags: [`--max-old-space-size=${most}`],
    words: [`most=${most}`],
    rows: [10_000, 100_000, 1_000_000].map(count => ({
      title: `bare idle connection, bytes, of ${thousands(count)}`,
      of: report => report[`bytes${count}`],
    })),
  },
}
