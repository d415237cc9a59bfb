/**
 * What is measured: for each figure what the client is to do, and the rows of the table that come of what it reports. A
 * row's `of` takes the report (members: bytes, count, p50, p99 in µs; seconds, serverCpu, clientCpu in s) and gives the
 * number, or undefined where there is none.
 */
const GB = 1e9
const perGb =
  cpu =>
  ({ bytes, ...report }) =>
    report[cpu] === undefined ? undefined : report[cpu] / (bytes / GB)
const both = report =>
  report.serverCpu === undefined ? undefined : (report.serverCpu + report.clientCpu) / (report.bytes / GB)
const rate = ({ count, seconds }) => count / seconds

const bulk = name => [
  { key: 'rate', title: `${name}, GB/s`, of: ({ bytes, seconds }) => bytes / GB / seconds },
  { key: 'serverCpu', title: `${name}, CPU s/GB of the server`, of: perGb('serverCpu') },
  { key: 'cpu', title: `${name}, CPU s/GB of both ends`, of: both },
]

const connects = title => [
  { key: 'rate', title: `connections/s, ${title}`, of: rate },
  { key: 'lost', title: `connections/s, ${title}: failed`, of: ({ lost }) => lost, quiet: true },
]

export const FIGURES = {
  upload: { about: 'bulk data from the client to the server', rows: bulk('upload') },
  download: { about: 'bulk data from the server to the client', rows: bulk('download') },
  echo: {
    about: 'one byte there and back, one at a time',
    rows: [
      { key: 'rate', title: 'request/response of 1 byte, /s', of: rate },
      { key: 'p50', title: 'request/response of 1 byte, median µs', of: ({ p50 }) => p50 },
      { key: 'p99', title: 'request/response of 1 byte, p99 µs', of: ({ p99 }) => p99 },
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
}
