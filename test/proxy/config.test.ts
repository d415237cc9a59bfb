/** Proxies of a file that changes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { nodeClock } from '../../src/net/node-clock.ts'
import { ConfiguredProxies, readConfig } from '../../src/proxy/config.ts'
import { Proxies } from '../../src/proxy/proxies.ts'
import { connectTo, echo, LOOPBACK, next } from './support.ts'

/** Proxies of a file, and what that file has them do. */
const world = (t: ExecutionContext) => {
  const directory = mkdtempSync(join(tmpdir(), 'tuntcp-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const proxies = new Proxies({
    clock: nodeClock,
    seed: 7,
    prepare: ({ passage }) => passage.faults.change({ duplicate: '1%' }),
  })
  t.teardown(() => proxies.close())
  const configured = new ConfiguredProxies(proxies, ['taken'])
  const read = (given: unknown) => {
    const path = join(directory, 'proxies.json')
    writeFileSync(path, JSON.stringify(given))
    return readConfig(path)
  }
  const faults = (name: string) => proxies.get(name).passage.faults.of('upstream')
  return { directory, proxies, read, faults, apply: (given: unknown) => configured.apply(read(given)) }
}

const upstreamOf = async (t: ExecutionContext) => `${LOOPBACK}:${(await echo(t)).port}`

test('what is wrong with one proxy is told, and the others are as the file says', async t => {
  const { proxies, apply, faults } = world(t)
  const upstream = await upstreamOf(t)
  const taken = await upstreamOf(t)
  const [a, b, c] = ['a', 'b', 'c'].map(name => ({ name, listen: '0', upstream }))
  t.deepEqual(await apply([a, b]), [])
  const problems = await apply([{ ...a, faults: { loss: '5%' } }, { ...b, listen: taken }, c])
  t.is(problems.length, 1)
  t.regex(problems[0]!, /^proxy b: .*EADDRINUSE/)
  t.deepEqual(faults('a'), { duplicate: '1%', loss: '5%' })
  t.true(proxies.get('b').enabled, 'as it was')
  t.true(proxies.get('c').enabled)
  t.deepEqual(await apply([a, b]), [])
  t.deepEqual(faults('a'), { duplicate: '1%' }, 'as before')
  t.deepEqual(
    proxies.list().map(({ name }) => name),
    ['a', 'b'],
    'the one that a file has named that was used in part goes, too',
  )
})

test('what befalls packets changes with the file, and with nothing else', async t => {
  const { proxies, apply, faults } = world(t)
  const a = { name: 'a', listen: '0', upstream: await upstreamOf(t) }
  const delayed = { ...a, faults: { delay: '1ms' }, toxics: [{ type: 'loss', attributes: { loss: '1%' } }] }
  await apply([delayed])
  const { passage } = proxies.get('a')
  t.deepEqual(faults('a'), { duplicate: '1%', delay: '1ms' })
  t.is(passage.toxics.list().length, 1)
  const client = connectTo(t, proxies.get('a'))
  client.write('one')
  t.is(await next(client), 'one')
  passage.faults.change({ loss: '2%' })
  await apply([{ ...delayed, enabled: true }])
  t.deepEqual(faults('a'), { duplicate: '1%', delay: '1ms', loss: '2%' }, 'an order stays')
  await apply([a])
  t.deepEqual(faults('a'), { duplicate: '1%' })
  t.deepEqual(passage.toxics.list(), [])
  client.write('two')
  t.is(await next(client), 'two')
  await apply([{ ...delayed, upstream: await upstreamOf(t) }])
  t.not(proxies.get('a').passage, passage)
  t.deepEqual(faults('a'), { duplicate: '1%', delay: '1ms' })
})

test('a proxy goes down and up with the file, and one that is wrong is put right', async t => {
  const { directory, proxies, apply, faults } = world(t)
  const upstream = await upstreamOf(t)
  const listen = join(directory, 'listen.sock')
  const a = { name: 'a', listen, upstream }
  await apply([{ ...a, enabled: false }])
  t.false(proxies.get('a').enabled)
  const other = { name: 'b', listen, upstream }
  t.deepEqual(await apply([{ ...a, enabled: false }, other]), [])
  const problems = await apply([{ ...a, faults: { loss: '1%' } }, other])
  t.regex(problems.join(), /^proxy a: .*EADDRINUSE/)
  await apply([{ ...a, faults: { loss: '1%' } }])
  t.true(proxies.get('a').enabled)
  t.deepEqual(faults('a'), { duplicate: '1%', loss: '1%' })
})

test('the file gives no names that the command line has given', async t => {
  const { proxies, apply } = world(t)
  t.deepEqual(await apply([{ name: 'taken', listen: '0', upstream: 'db:1' }]), [
    'proxy taken: the command line has one of that name',
  ])
  t.deepEqual(proxies.list(), [])
})

test('toxics that no proxy would take are an error of the file', t => {
  const { read } = world(t)
  const a = { name: 'a', listen: '0', upstream: 'db:1' }
  const latency = { type: 'latency', attributes: { latency: 1 } }
  for (const [toxics, message] of [
    [[latency, { type: 'latncy' }], "'toxics' of proxy a, number 2: invalid toxic type"],
    [[latency, latency], "'toxics' of proxy a, number 2: toxic already exists"],
    [{}, "'toxics' of proxy a must be a list"],
  ] as const)
    t.throws(() => read([{ ...a, toxics }]), { message })
})
