import test from 'ava'
import { loadAddon, type NativeDevice } from '../../src/link/tun-native.ts'

// Arguments that TypeScript would refuse. With a device behind them: 'hostile numbers …' of tun-cases.ts.

// biome-ignore lint/suspicious/noExplicitAny: the point of these tests
type Any = any

const load = () => {
  try {
    return loadAddon()
  } catch {
    return null
  }
}
const addon = load()
const native = addon === null ? test.skip : test
const make = (): NativeDevice & Any => new addon!.Device()

native('native: methods refuse another receiver', t => {
  const { write, close } = make()
  for (const receiver of [{}, Object.create(make()), null, 1, new Map()]) {
    t.throws(() => close.call(receiver))
    t.throws(() => write.call(receiver, 0, new Int32Array(0), [], []))
  }
  t.throws(() => (addon!.Device as Any)(), { instanceOf: TypeError })
})

native('native: arguments of another type are a TypeError', t => {
  const device = make()
  const numbers = new Int32Array(5)
  for (const call of [
    () => device.attach(),
    () => device.attach(1, true),
    () => device.attach('x', 'yes'),
    () => device.setOffload('all'),
    () => device.setMtu('1500'),
    () => device.setAddress('192.0.2.1', 24),
    () => device.setSlot(0, new Int32Array(5)),
    () => device.setSlot(0, {}),
    () => device.setSlot('0', new Uint8Array(5)),
    () => device.start(),
    () => device.start({}, new Int32Array(193)),
    () => device.start(() => {}, new Int32Array(192)),
    () => device.start(() => {}, new Uint8Array(1000)),
    () => device.write(),
    () => device.write('1', numbers, [], []),
    () => device.write(1, new Uint32Array(5), [], []),
    () => device.write(1, numbers, {}, []),
    () => device.write(1, numbers, [], 'pieces'),
    () => device.write(1, numbers, new Uint8Array(5), []),
  ])
    t.throws(call, { instanceOf: TypeError }, String(call))
})

native('native: indices beyond the end are a RangeError', t => {
  const device = make()
  t.throws(() => device.setSlot(64, new Uint8Array(5)), { instanceOf: RangeError })
  t.throws(() => device.write(2, new Int32Array(9), [], []), { instanceOf: RangeError })
  t.throws(() => device.write(-1, new Int32Array(9), [], []), { instanceOf: RangeError })
  t.throws(() => device.write(2 ** 31, new Int32Array(9), [], []), { instanceOf: RangeError })
})

native('native: a device that is not open, or closed, refuses everything and breaks nothing', t => {
  const device = make()
  const EBADF = -9
  for (let time = 0; time < 2; time++) {
    t.is(device.attach('x', true), EBADF)
    t.is(device.mtu(), EBADF)
    t.is(device.address(), EBADF)
    t.is(device.up(), EBADF)
    t.is(device.setOffload(0), EBADF)
    t.is(
      device.start(() => {}, new Int32Array(193)),
      EBADF,
    )
    t.is(device.write(1, new Int32Array([0, 20, 0, 0, 0]), [new Uint8Array(20)], []), 1)
    t.is(device.writeErrno(), -EBADF)
    t.notThrows(() => device.setSlot(0, new Uint8Array(5)))
    device.close()
  }
  t.is(device.open(), EBADF)
  t.is(device.attach('a-name-that-is-far-too-long', true), -36)
})
