import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { INFO_LENGTH, loadAddon, type NativeDevice, SLAB_BYTES } from '../../src/link/tun-native.ts'

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
/** All slabs of the process are one pool. */
const alone = addon === null ? test.skip : test.serial
/** Numbers that start() wants to have. */
const INFO = INFO_LENGTH
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
    () => device.setSlab(new Int32Array(5)),
    () => device.setSlab({}),
    () => device.setSlab(),
    () => device.start(),
    () => device.start({}, new Int32Array(INFO), () => {}),
    () => device.start(() => {}, new Int32Array(INFO)),
    () =>
      device.start(
        () => {},
        new Int32Array(INFO - 1),
        () => {},
      ),
    () =>
      device.start(
        () => {},
        new Uint8Array(1000),
        () => {},
      ),
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
  t.throws(() => device.write(2, new Int32Array(9), [], []), { instanceOf: RangeError })
  t.throws(() => device.write(-1, new Int32Array(9), [], []), { instanceOf: RangeError })
  t.throws(() => device.write(2 ** 31, new Int32Array(9), [], []), { instanceOf: RangeError })
})

native('native: a device that is not open, or closed, refuses everything and breaks nothing', t => {
  const device = make()
  const EBADF = -9
  for (let time = 0; time < 2; time++) {
    t.is(device.attach('x', true, false), EBADF)
    t.is(device.mtu(), EBADF)
    t.is(device.address(), EBADF)
    t.is(device.up(), EBADF)
    t.is(device.setOffload(0), EBADF)
    t.is(
      device.start(
        () => {},
        new Int32Array(INFO),
        () => {},
      ),
      EBADF,
    )
    t.is(device.write(1, new Int32Array([0, 20, 0, 0, 0]), [new Uint8Array(20)], []), 1)
    t.is(device.writeErrno(), -EBADF)
    t.notThrows(() => device.setSlab(new Uint8Array(5)))
    device.close()
  }
  t.is(device.open(), EBADF)
  t.is(device.attach('a-name-that-is-far-too-long', true, false), -36)
})

alone('native: a slab is used again when nobody has a view of it any more, and not before', async t => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const mark = Buffer.from('somebody was here')
  const marked = (slab: Uint8Array): boolean => mark.equals(slab.subarray(1000, 1000 + mark.length))
  const takeAll = (): Uint8Array[] => {
    const slabs: Uint8Array[] = []
    for (let slab = addon!.slab(); slab !== undefined; slab = addon!.slab()) slabs.push(slab)
    return slabs
  }
  const takeAndMark = (): Uint8Array[] => {
    const slabs = takeAll()
    for (const slab of slabs) slab.set(mark, 1000)
    return slabs.slice(0, 3).map(slab => slab.subarray(2000, 2001))
  }
  // As native/slab.c has it.
  const most = 2 ** 27 / SLAB_BYTES
  const kept = takeAndMark()
  kept[0]![0] = 71
  t.is(addon!.slab(), undefined)
  // A turn of the event loop later, for no slab may be on the stack; another one for the collected to come back.
  await setImmediate()
  collect()
  // V8 frees them on another thread.
  const slabs: Uint8Array[] = []
  while (slabs.length < most - kept.length) {
    await setImmediate()
    slabs.push(...takeAll())
  }
  t.is(slabs.length, most - kept.length)
  t.true(slabs.every(slab => slab.length === SLAB_BYTES))
  // So many are kept for the next; the rest has gone back to malloc, which may or may not give it again.
  t.true(slabs.filter(marked).length >= 2 ** 25 / SLAB_BYTES)
  for (const slab of slabs) slab.fill(0)
  t.is(kept[0]![0], 71)
})

alone(
  'native: slabs by the gigabyte, beside other memory that grows, leave V8 a count that it believes',
  async t => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const others: Buffer[] = []
    const take = (): boolean => addon!.slab() !== undefined
    for (let round = 0; round < 30; round++) {
      // A count below zero would end the process (Node 24).
      for (let taken = 0; taken < 100; ) {
        if (take()) {
          taken++
          continue
        }
        collect()
        await setImmediate()
      }
      if (round % 3 === 0) others.push(Buffer.alloc(20_000_000))
      if (round === 20) others.length = 0
    }
    t.pass()
  },
)
