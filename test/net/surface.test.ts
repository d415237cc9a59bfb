/** The surface of node:net: whatever it has, ours has, or docs/node-net.md says that it has not. */
import { readFileSync } from 'node:fs'
import nodeNet from 'node:net'
import test from 'ava'
import net from '../../src/net/net.ts'
import { ROOT } from '../cli/program.ts'
import { DIFFERENCES } from './golden-differences.ts'

const page = readFileSync(`${ROOT}docs/node-net.md`, 'utf8')

/** All names along the chain of prototypes. */
const namesOf = (object: object | null): string[] =>
  object === null || object === Object.prototype
    ? []
    : [...Object.getOwnPropertyNames(object), ...namesOf(Object.getPrototypeOf(object))]

const missing = (theirs: object, ours: object): string[] => namesOf(theirs).filter(name => !(name in ours))

/** Members of newer Nodes than the oldest that is supported; the page tells of them. */
const NOT_THERE = ['BoundSocket']

test('all that node:net documents is there', t => {
  for (const name of NOT_THERE) t.true(page.includes(`\`${name}\``))
  const documented = (names: string[]) =>
    names.filter(name => !name.startsWith('_') && !NOT_THERE.includes(name))
  t.deepEqual(documented(missing(nodeNet, net)), [])
  t.deepEqual(documented(missing(new nodeNet.Socket(), new net.Socket())), [])
  t.deepEqual(documented(missing(new nodeNet.Server(), new net.Server())), [])
  t.true(namesOf(new net.Socket()).includes('resetAndDestroy'))
})

test('what Node keeps to itself and ours has not is told of', t => {
  // Other versions keep other things to themselves.
  const private_ = [
    ...missing(nodeNet, net),
    ...missing(new nodeNet.Socket(), new net.Socket()),
    ...missing(new nodeNet.Server(), new net.Server()),
  ].filter(name => name.startsWith('_'))
  t.true(private_.length > 10)
  if (!process.version.startsWith('v20.')) return
  t.deepEqual(
    private_.filter(name => !page.includes(`\`${name}\``)),
    [],
  )
})

test('where the golden scripts see a difference the page tells of it', t => {
  const rows = [...page.matchAll(/^\| (\w+: .+?) +\| (.+?) +\|$/gm)].map(([, script, why]) => [script, why])
  t.deepEqual(
    rows,
    Object.entries(DIFFERENCES).map(([script, { why }]) => [script, why]),
  )
})

test('keep-alive by one object, as Node ≥ 26 takes it', t => {
  const socket = new net.Socket()
  const seen: object[] = []
  Object.assign(socket, { configure: (options: object) => seen.push(options) && socket })
  t.is(socket.setKeepAlive({ enable: true, initialDelay: 1000, interval: 200, count: 3 }), socket)
  socket.setKeepAlive(true, 1000, 200, 3)
  socket.setKeepAlive({})
  socket.setKeepAlive()
  const all = { keepAlive: true, keepAliveIdle: 1000, keepAliveInterval: 200, keepAliveCount: 3 }
  t.deepEqual(seen, [all, all, { keepAlive: false }, { keepAlive: false }])
})
