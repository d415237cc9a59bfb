import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import net from 'node:net'
import { runCase } from '../support/namespace-case.ts'
import { runHere, tuntcp } from './program.ts'
import { inDirectory, KERNEL, OURS, ready } from './serving.ts'

export const cases: Record<string, () => Promise<void>> = {
  'ss shows listeners and connections': inDirectory(async () => {
    const server = await ready('--only', 'echo,http')
    const client = net.connect(7, OURS)
    client.write('x')
    await once(client, 'data')
    const { localPort } = client
    const all = await runHere(['ss'])
    assert.equal(all.code, 0)
    assert.match(all.stdout, /^State +Recv-Q +Send-Q +Local +Peer +Age +Timer\n/)
    assert.match(all.stdout, /^LISTEN +0 +511 +\*:7 +\*:\* +[\d.]+m?s$/m)
    assert.match(all.stdout, /^LISTEN +0 +511 +\*:80 +\*:\* +[\d.]+m?s$/m)
    const row = new RegExp(
      `^ESTABLISHED +0 +0 +192\\.0\\.2\\.2:7 +192\\.0\\.2\\.1:${localPort} +[\\d.]+m?s$`,
      'm',
    )
    assert.match(all.stdout, row)
    assert.match(
      (await runHere(['ss', '-e'])).stdout,
      / rtt:[\d.]+\/[\d.]+ rto:\d+ mss:1448 pmtu:1500 cwnd:\d+ /,
    )
    const one = await runHere(['ss', '--state', 'established', '--json', '--counters'])
    const { connections, counters } = JSON.parse(one.stdout)
    assert.equal(connections.length, 1)
    assert.deepEqual(
      { ...connections[0], age: 0, stateAge: 0, srtt: 0, rttvar: 0, rto: 0, cwnd: 0, ssthresh: 0 },
      {
        ...connections[0],
        state: 'ESTABLISHED',
        localAddress: OURS,
        localPort: 7,
        remoteAddress: KERNEL,
        remotePort: localPort,
        age: 0,
        stateAge: 0,
        srtt: 0,
        rttvar: 0,
        rto: 0,
        cwnd: 0,
        ssthresh: 0,
      },
    )
    assert.equal(counters.textIn, 1)
    assert.equal(counters.textOut, 1)
    assert.equal(counters.connections, 1)
    const text = await runHere(['ss', '--counters'])
    assert.match(text.stdout, /\n\nPackets +\d+ in, \d+ out\nText +1 bytes in, 1 bytes out\n/)
    client.destroy()
    assert.equal((await server.end('SIGINT')).code, 0)
  }),

  'ss finds the stack that is meant, and clears away what the dead have left': inDirectory(
    async directory => {
      const dead = await ready('--only', 'echo')
      const deadSocket = `${directory}/tuntcp-${dead.process.pid}.sock`
      await dead.end('SIGKILL')
      assert.ok(existsSync(deadSocket))
      const first = await ready('--only', 'echo')
      const pid = String(first.process.pid)
      assert.match((await runHere(['ss'])).stdout, / \*:7 /)
      assert.ok(!existsSync(deadSocket))

      const second = await ready('--only', 'discard', '--host-address', '198.18.1.1/24')
      const several = await runHere(['ss'])
      assert.equal(several.code, 2)
      assert.match(several.stderr, /^tuntcp: several stacks run: .*: choose one by --pid PID\n$/)
      assert.ok(several.stderr.includes(`${pid} (serve, 192.0.2.2/24 on tuntcp0)`))
      assert.match((await runHere(['ss', '--pid', pid])).stdout, / \*:7 /)
      assert.match(
        (await runHere(['ss', '--control', `${directory}/tuntcp-${second.process.pid}.sock`])).stdout,
        / \*:9 /,
      )
      const wrong = await runHere(['ss', '--pid', '1'])
      assert.equal(wrong.code, 2)
      assert.match(wrong.stderr, /^tuntcp: process 1 is no stack that runs; there are: .*\n$/)

      const watch = tuntcp(['ss', '--watch', '--pid', pid])
      await watch.prints(/ \*:7 /)
      await first.end('SIGTERM')
      assert.deepEqual((await watch.finished).code, 0)
      assert.equal(watch.stderr, 'tuntcp: the stack has ended\n')
      await second.end('SIGTERM')
    },
  ),

  'ss talks to nobody that is no stack': inDirectory(async directory => {
    const path = `${directory}/other`
    const server = net.createServer(socket => socket.end('{"hello":1}\n'))
    server.listen(path)
    await once(server, 'listening')
    const { code, stderr } = await runHere(['ss', '--control', path])
    assert.equal(code, 2)
    assert.equal(stderr, `tuntcp: ${path} does not answer: another program?\n`)
    server.close()
    const nothing = await runHere(['ss', '--control', `${directory}/nothing`])
    assert.equal(nothing.code, 2)
    assert.equal(
      nothing.stderr,
      `tuntcp: no stack has its control socket at ${directory}/nothing (ENOENT): 'tuntcp ss' without --control looks for those that run\n`,
    )
  }),
}

await runCase(cases)
