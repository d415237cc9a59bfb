/** TUN devices: how one is opened, configured, refused and gone. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parentPort, Worker } from 'node:worker_threads'
import { openTun, TunError } from '../../src/link/tun.ts'
import { udp } from './packets.ts'

import {
  address,
  type Cases,
  exists,
  failure,
  ip,
  kernelSends,
  PATIENCE,
  runCase,
  send,
} from './tun-support.ts'

const file = fileURLToPath(import.meta.url)

/** Runs one of the cases below in a process of its own, in this namespace. */
const rerun = (name: string, ...before: string[]) => {
  const [command = '', ...words] = [...before, process.execPath, file, name]
  return spawnSync(command, words, { encoding: 'utf8', timeout: PATIENCE })
}

export const cases: Cases = {
  'opens with a name, an address and an MTU, and is up'() {
    const link = openTun({ name: 'tcp0', address, mtu: 1400 })
    assert.equal(link.name, 'tcp0')
    assert.equal(link.mtu, 1400)
    assert.equal(link.ipv4, address)
    assert.equal(link.isUp, true)
    assert.deepEqual(link.offload, { checksum: true, segmentation: true })
    const [entry] = networkInterfaces().tcp0 ?? []
    assert.equal(entry?.cidr, address)
    assert.match(ip('link', 'show', 'tcp0'), /mtu 1400/)
    assert.match(ip('route'), /192\.0\.2\.0\/24 dev tcp0/)
    link.close()
    assert.equal(exists('tcp0'), false)
  },

  'has a name made up by the kernel, and 1500 bytes'() {
    const [one, two] = [openTun(), openTun({ name: 'web%d', up: false })]
    assert.match(one.name, /^tun\d+$/)
    assert.equal(one.mtu, 1500)
    assert.equal(one.ipv4, null)
    assert.equal(two.name, 'web0')
    assert.equal(two.isUp, false)
    one.release()
    two.release()
  },

  'attaches to a persistent device and keeps what it has'() {
    ip('tuntap', 'add', 'kept', 'mode', 'tun')
    ip('address', 'add', '198.18.0.1/15', 'dev', 'kept')
    ip('link', 'set', 'kept', 'mtu', '1280')
    const link = openTun({ name: 'kept' })
    assert.equal(link.mtu, 1280)
    assert.equal(link.ipv4, '198.18.0.1/15')
    assert.equal(link.isUp, true)
    link.close()
    assert.equal(exists('kept'), true)
    const again = openTun({ name: 'kept', address: '192.0.2.1/32', mtu: 9000 })
    assert.equal(again.mtu, 9000)
    assert.equal(again.ipv4, '192.0.2.1/32')
    again.close()
  },

  'needs no right to configure what is configured already'() {
    ip('tuntap', 'add', 'kept', 'mode', 'tun', 'user', '0')
    ip('address', 'add', address, 'dev', 'kept')
    ip('link', 'set', 'kept', 'up')
    const run = rerun('leaf: opens kept', 'setpriv', '--bounding-set=-all', '--inh-caps=-all')
    assert.equal(run.stdout, `kept ${address} true`, run.stderr)
    ip('link', 'set', 'kept', 'down')
    const refused = rerun('leaf: opens kept', 'setpriv', '--bounding-set=-all', '--inh-caps=-all')
    assert.equal(
      refused.stdout,
      "EPERM SIOCSIFFLAGS the TUN device 'kept' cannot be brought up by this user: run it with sudo, in a network namespace of its own (tuntcp netns COMMAND), or ask an administrator for `ip link set kept up`",
    )
  },

  'leaf: opens kept'() {
    try {
      const link = openTun({ name: 'kept', address })
      process.stdout.write(`${link.name} ${link.ipv4} ${link.isUp}`)
    } catch (error) {
      const { code, syscall, message } = error as TunError
      process.stdout.write(`${code} ${syscall} ${message}`)
    }
  },

  'without the right to make a device it says who may'() {
    const run = rerun('leaf: opens kept', 'setpriv', '--bounding-set=-all', '--inh-caps=-all')
    assert.match(
      run.stdout,
      /^EPERM TUNSETIFF .*sudo.*tuntcp netns COMMAND.*`ip tuntap add kept mode tun user \$USER && .*ip link set kept up`, and open that device by its name/,
    )
  },

  'a device in use is EBUSY, one of another kind EINVAL'() {
    const link = openTun({ name: 'tcp0' })
    const busy = failure(() => openTun({ name: 'tcp0' }))
    assert.ok(busy instanceof TunError)
    assert.equal(busy.code, 'EBUSY')
    assert.equal(busy.syscall, 'TUNSETIFF')
    link.close()
    openTun({ name: 'tcp0' }).close()
    const other = failure(() => openTun({ name: 'lo' }))
    assert.ok(other instanceof TunError)
    assert.equal(other.code, 'EINVAL')
  },

  async 'reports the device that somebody deletes'() {
    const lost: TunError[] = []
    const link = openTun({ name: 'tcp0', address })
    const told = new Promise<void>(resolve => {
      link.onError = error => {
        lost.push(error)
        resolve()
      }
    })
    link.start(() => {})
    ip('link', 'delete', 'tcp0')
    await told
    const { user, system } = process.cpuUsage()
    const idle = await new Promise<NodeJS.CpuUsage>(resolve =>
      // Time must pass to see that none of it is used.
      setTimeout(() => resolve(process.cpuUsage({ user, system })), 200),
    )
    assert.ok(idle.user + idle.system < 100_000, `busy for ${idle.user + idle.system} µs of 200,000`)
    assert.equal(lost.length, 1)
    assert.match(lost[0]!.message, /tcp0.*gone/)
    assert.equal(lost[0]!.code, 'EBADFD')
    send(link, udp(9, Buffer.from('late')))
    link.close()
  },

  'counts what a device that is down does not take'() {
    const link = openTun({ name: 'tcp0', address })
    ip('link', 'set', 'tcp0', 'down')
    send(link, udp(9, Buffer.from('lost')), udp(9, Buffer.from('lost')))
    assert.equal(link.counters.writeErrors, 2)
    assert.equal(link.counters.sent, 0)
    assert.equal(link.counters.lastError, 'EIO')
    link.close()
  },

  'alone keeps no process alive'() {
    const run = rerun('leaf: idles')
    assert.equal(run.signal, null)
    assert.equal(run.status, 0, run.stderr)
  },

  'leaf: idles'() {
    openTun({ address }).start(() => {})
  },

  async 'ends with its worker thread'() {
    const worker = new Worker(file, { workerData: 'leaf: worker' })
    await once(worker, 'message')
    await kernelSends('one', 'two', 'three')
    await once(worker, 'message')
    await worker.terminate()
    assert.equal(exists('tcp0'), false)
    // And one that ends by itself, its device open.
    const other = new Worker(file, { workerData: 'leaf: idles' })
    const [code] = await once(other, 'exit')
    assert.equal(code, 0)
  },

  async 'leaf: worker'() {
    const link = openTun({ name: 'tcp0', address })
    link.start(() => parentPort!.postMessage('received'))
    parentPort!.postMessage('started')
    await new Promise(() => setInterval(() => {}, 1000))
  },

  async 'is closed when it is collected'() {
    for (let i = 0; i < 50; i++) openTun({ name: `gc${i}`, up: false })
    // Finalizers run between turns of the event loop.
    for (let turn = 0; turn < 100 && exists('gc0'); turn++) {
      globalThis.gc!()
      await new Promise(resolve => setImmediate(resolve))
    }
    assert.equal(exists('gc0'), false)
  },

  'an IPv6 network that another interface has is refused, and so are two of IPv4'() {
    const first = openTun({ name: 'one0', address: '2001:db8::1/64' })
    assert.throws(() => openTun({ name: 'two0', address: '2001:db8::5/96' }), {
      code: 'EADDRINUSE',
      message: /2001:db8::5\/96 would take away .*2001:db8::1\/64 of one0/,
    })
    assert.equal(exists('two0'), false)
    for (const bad of ['::/0', 'ff02::1/64', '::1/128', '2001:db8::1/129'])
      assert.throws(() => openTun({ address: bad }), RangeError, bad)
    assert.throws(() => openTun({ address: [address, '10.0.0.1/8'] }), /more than one IPv4 address/)
    first.close()
  },
}

await runCase(import.meta.url, cases)
