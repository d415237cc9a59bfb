/** Typos in the options of everything that the package exports are refused, with the name that was meant. */
import http from 'node:http'
import test from 'ava'
import * as tuntcp from '../../src/index.ts'
import * as testing from '../../src/testing/testing.ts'
import { emptyLink } from '../support/empty-link.ts'

const clock = new tuntcp.VirtualClock()
const random = new tuntcp.SeededRandom(1)
const any = (value: object) => value as never

const network = testing.createNetwork({ seed: 1, time: 'virtual' })
const sim = tuntcp.createNetwork({ seed: 1 })
const stack = tuntcp.createStack()

const CASES: readonly (readonly [what: string, typo: string, meant: string, call: () => unknown])[] = [
  ['createNetwork of tuntcp/testing', 'tyme', 'time', () => testing.createNetwork(any({ tyme: 'virtual' }))],
  ['its tcp', 'mls', 'msl', () => testing.createNetwork({ tcp: any({ mls: 1 }) })],
  ['its link', 'los', 'loss', () => testing.createNetwork({ link: any({ los: 1 }) })],
  ['host', 'adress', 'address', () => network.host('a', any({ adress: '192.0.2.1' }))],
  ['link', 'dealy', 'delay', () => network.link(any({ dealy: 1 }))],
  ['mtu', 'imcp', 'icmp', () => network.mtu(1280, any({ imcp: false }))],
  ['dropNext', 'flag', 'flags', () => network.dropNext(any({ flag: 'FIN' }))],
  ['firewall', 'idel', 'idle', () => network.firewall(any({ idle: 5, idel: 3 }))],
  ['createNetwork', 'sede', 'seed', () => tuntcp.createNetwork(any({ sede: 1 }))],
  ['a host of it', 'mtus', 'mtu', () => sim.host('a', any({ mtus: 1500 }))],
  ['createStack', 'adress', 'address', () => tuntcp.createStack(any({ adress: '192.0.2.2/24' }))],
  ['its tcp', 'noDealy', 'noDelay', () => tuntcp.createStack({ tcp: any({ noDealy: true }) })],
  [
    'its ip',
    'icmpErrorBursts',
    'icmpErrorBurst',
    () => tuntcp.createStack({ ip: any({ icmpErrorBursts: 1 }) }),
  ],
  ['serve', 'prot', 'port', () => stack.serve(http.createServer(), any({ prot: 80 }))],
  ['close', 'grase', 'grace', () => stack.close(any({ grase: 5 }))],
  ['emulate', 'uot', 'out', () => tuntcp.emulate(emptyLink(), any({ uot: {} }), random, clock)],
  ['its path', 'lost', 'loss', () => tuntcp.emulate(emptyLink(), { out: any({ lost: 1 }) }, random, clock)],
  ['bridge', 'aTob', 'aToB', () => tuntcp.bridge(emptyLink(), emptyLink(), any({ aTob: {} }), random, clock)],
  ['createPipe', 'dely', 'delay', () => tuntcp.createPipe(clock, any({ dely: 3 }))],
  ['openTun', 'adress', 'address', () => tuntcp.openTun(any({ adress: '192.0.2.1/24' }))],
  ['createLog', 'levle', 'level', () => tuntcp.createLog(any({ levle: 'info' }))],
  ['packetdrill', 'defins', 'defines', () => tuntcp.packetdrill('x', '', any({ defins: new Map() }))],
]

for (const [what, typo, meant, call] of CASES)
  test(`${what}: ${typo} is no option, and ${meant} was meant`, t => {
    const error = t.throws(call)
    t.true(error.message.includes(typo), error.message)
    t.true(error.message.includes(`did you mean '${meant}'?`), error.message)
  })

test('a network of all addresses is nobody’s', t => {
  for (const address of ['192.0.2.2/0', '0.0.0.0/0'])
    t.throws(() => tuntcp.createStack({ link: emptyLink(), address }), {
      instanceOf: RangeError,
      message: /no length/,
    })
  t.throws(() => tuntcp.openTun({ address: '192.0.2.1/0' }), {
    instanceOf: RangeError,
    message: /all packets/,
  })
})

test('a congestion control that lacks something, or has the name of one of ours, is refused where it is registered', t => {
  const { registerCongestionControl } = tuntcp
  const none = () => ({}) as never
  t.throws(() => registerCongestionControl('mine', none), {
    instanceOf: TypeError,
    message: /'mine' has no start\(\), acknowledged\(\), congestion\(\), /,
  })
  t.throws(() => registerCongestionControl('mine', null as never), {
    instanceOf: TypeError,
    message: /function/,
  })
  t.throws(() => registerCongestionControl('mine', () => null as never), { instanceOf: TypeError })
  t.throws(() => registerCongestionControl('', none), { instanceOf: TypeError })
  for (const name of ['reno', 'cubic', 'bbr', 'bbr1', 'dctcp', 'prague'])
    t.throws(() => registerCongestionControl(name, none), { instanceOf: RangeError, message: /built in/ })
  t.false(tuntcp.congestionControls().includes('mine'))
})
