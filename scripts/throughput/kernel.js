/**
 * Goodput of the kernel's TCP over an emulated path, in real time: run in a network namespace of its own, it prints a line
 * of JSON for the path that it is given as JSON.
 */
import { once } from 'node:events'
import process from 'node:process'
import { kernelPair } from '../../dist/test/support/kernel-pair.js'
import { back, there } from './paths.js'

const SINK = `
  let bytes = 0
  require('net').createServer(s => s.on('data', d => { bytes += d.length }).on('error', () => {}))
    .listen(5000, () => console.log('listening'))
  process.stdin.on('data', () => console.log(bytes))`

const SOURCE = `
  const s = require('net').connect(5000, '192.0.2.2')
  const block = Buffer.alloc(1 << 18)
  const fill = () => { while (s.write(block)) {} }
  s.on('connect', fill).on('drain', fill).on('error', () => {})`

/** Bytes that arrive within `seconds` of the beginning. */
const measure = async path => {
  const { control, seconds, thinned, window, seed } = path
  const pair = await kernelPair({ aToB: there(path), bToA: back(path) }, seed, thinned)
  for (const host of [pair.a, pair.b]) {
    // A namespace may not choose its default, but its routes may.
    const [device] = host.run('ip', '-o', 'route', 'show', '192.0.2.0/24').match(/(?<=dev )\S+/)
    host.run('ip', 'route', 'change', '192.0.2.0/24', 'dev', device, 'src', host.address, 'congctl', control)
    host.run('sysctl', '-qw', 'net.ipv4.tcp_no_metrics_save=1')
    // A window is half of its buffer: the rest is for what packets weigh.
    host.run(
      'sysctl',
      '-qw',
      `net.ipv4.tcp_rmem=${window === 0 ? '4096 1048576 33554432' : `4096 ${2 * window} ${2 * window}`}`,
      'net.ipv4.tcp_wmem=4096 1048576 33554432',
    )
  }
  const sink = pair.b.start(process.execPath, '-e', SINK)
  await once(sink.stdout, 'data')
  const source = pair.a.start(process.execPath, '-e', SOURCE)
  const before = process.cpuUsage()
  await new Promise(resolve => setTimeout(resolve, seconds * 1000))
  const { user, system } = process.cpuUsage(before)
  sink.stdin.write('?')
  const [bytes] = await once(sink.stdout, 'data')
  source.kill()
  sink.kill()
  pair.close()
  // The figure is not the kernel's when the relay itself had no time left.
  return { goodput: (8 * Number(bytes)) / seconds, relay: (user + system) / 1e6 / seconds }
}

console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]))))
process.exit()
