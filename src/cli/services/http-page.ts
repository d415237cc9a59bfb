/** The page that tells a caller about the very connection it comes over. */
import type { Socket } from '../../net/socket.ts'
import { CHANNEL } from '../../net/socket-state.ts'
import { status } from '../../tcp/status.ts'
import { formatDuration } from '../../trace/connection-table.ts'
import { formatEndpoint, parseAddress, unmapped } from '../../wire/address.ts'
import { version } from '../version.ts'

/** An end of the connection; IPv4 addresses as IPv4 writes them, though a server of both families is told mapped ones. */
const endpoint = (address = '::', port = 0): string => formatEndpoint(unmapped(parseAddress(address)), port)

/** The ends of a connection, which stay what they are: a client may ask for many pages over it. */
interface Ends {
  readonly remote: string
  readonly local: string
}

const known = new WeakMap<Socket, Ends>()

const endsOf = (socket: Socket): Ends => {
  let ends = known.get(socket)
  if (ends === undefined) {
    ends = {
      remote: endpoint(socket.remoteAddress, socket.remotePort),
      local: endpoint(socket.localAddress, socket.localPort),
    }
    known.set(socket, ends)
  }
  return ends
}

/** The facts to tell, as names and values. */
const facts = (socket: Socket): [string, string][] => {
  const connection = socket[CHANNEL]?.connection
  const { remote, local } = endsOf(socket)
  const ends: [string, string] = ['connection', `${remote} → ${local}`]
  if (!connection) return [ends]
  const info = status(connection)
  return [
    ends,
    ['state', `${info.state} for ${formatDuration(info.stateAge)}`],
    [
      'round trip',
      info.srtt < 0
        ? 'not measured yet'
        : `${info.srtt.toFixed(2)} ms, varying by ${info.rttvar.toFixed(2)} ms; retransmission after ${formatDuration(info.rto)}`,
    ],
    ['segments', `up to ${info.mss} bytes`],
    ['congestion window', `${info.cwnd} bytes`],
    ['windows', `yours ${info.sendWindow} bytes, mine ${info.receiveWindow} bytes`],
    ['retransmissions', String(info.retransmissions)],
    ['bytes', `${socket.bytesRead} from you, ${socket.bytesWritten} to you before this page`],
  ]
}

const hints = (socket: Socket): string[] => {
  const base = `http://${endsOf(socket).local.replace(/:80$/, '')}`
  return [
    `curl -o /dev/null ${base}/bytes/100000000    # 100 MB`,
    `curl -T FILE ${base}/    # counted and summed`,
  ]
}

const title = () => `tuntcp ${version()}: a TCP in userspace answers you`

export const textPage = (socket: Socket): string => {
  const lines = facts(socket).map(([name, value]) => `${name.padEnd(19)}${value}`)
  return `${title()}\n\n${lines.join('\n')}\n\nTry: ${hints(socket).join('\n     ')}\n`
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

export const htmlPage = (socket: Socket): string => {
  const rows = facts(socket).map(
    ([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>tuntcp</title>
<style>body{font:16px system-ui;margin:2em}th{text-align:left;padding-right:1em;font-weight:600}</style>
<h1>${escapeHtml(title())}</h1>
<table>
${rows.join('\n')}
</table>
<p>Try:
<pre>${escapeHtml(hints(socket).join('\n'))}</pre>
</html>
`
}
