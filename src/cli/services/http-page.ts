/** The page that tells a caller about the very connection it comes over. */
import type { Socket } from '../../net/socket.ts'
import { formatDuration } from '../../trace/connection-table.ts'
import { formatEndpoint, parseAddress, unmapped } from '../../wire/address.ts'
import { version } from '../version.ts'

/** An end of the connection; IPv4 addresses as IPv4 writes them, though a server of both families is told mapped ones. */
const endpoint = (address = '::', port = 0): string => formatEndpoint(unmapped(parseAddress(address)), port)

/** The facts to tell, as names and values. */
const facts = (socket: Socket): [string, string][] => {
  const info = socket.tcpInfo()
  const ends: [string, string] = [
    'connection',
    `${endpoint(socket.remoteAddress, socket.remotePort)} → ${endpoint(socket.localAddress, socket.localPort)}`,
  ]
  if (info === null) return [ends]
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
  const at = endpoint(socket.localAddress, socket.localPort)
  const base = `http://${at.replace(/:80$/, '')}`
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
