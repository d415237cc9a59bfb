/** Every option of what programs call refuses values that are not of its kind, by its name. */
import test from 'ava'
import {
  Capture,
  createLog,
  createNetwork,
  createPipe,
  createStack,
  createStackPool,
  emulate,
  formatConnections,
  openTun,
  packetDeviceLink,
  Qlog,
  SeededRandom,
  VirtualClock,
} from '../src/index.ts'
import { packetdrill } from '../src/packetdrill/packetdrill.ts'
import { startProxy, createNetwork as testNetwork } from '../src/testing/testing.ts'

/** A value of each type, and the odd ones among numbers. */
const VALUES = [true, 1.5, -1, Number.NaN, 'a word', '', [], [[]], {}, null, () => {}] as const

type Value = (typeof VALUES)[number]

const isFlag = (value: Value) => typeof value === 'boolean'
const isText = (value: Value) => typeof value === 'string'
const isFunction = (value: Value) => typeof value === 'function'
const isObject = (value: Value) => typeof value === 'object' && value !== null && !Array.isArray(value)
const isList = (value: Value) => Array.isArray(value)
const orNull = (other: (value: Value) => boolean) => (value: Value) => value === null || other(value)
const never = () => false
const isNumber = (value: Value) => typeof value === 'number'
const isSeed = (value: Value) => isText(value) || (isNumber(value) && !Number.isNaN(value))

const clock = new VirtualClock()
const random = new SeededRandom(1)
const pipe = () => createPipe(clock)[0]

interface Case {
  readonly call: (options: never) => unknown
  /** Those that are to be there. */
  readonly base?: object
  /** By option: values that pass the check of kinds; what else is done with them is no matter of this test. */
  readonly fits: Readonly<Record<string, (value: Value) => boolean>>
}

const network = createNetwork({ seed: 1 })
const socketStack = createStack()

const path: Case['fits'] = {
  delay: value => value === 1.5,
  jitter: value => value === 1.5,
  distribution: never,
  keepOrder: isFlag,
  rate: value => value === 1.5,
  connectionRate: value => value === 1.5,
  queue: value => value === 1.5,
  queueDiscipline: never,
  ecnThreshold: value => value === 1.5,
  mark: isFunction,
  ecnField: never,
  ecnFlags: never,
  loss: never,
  drop: isFunction,
  duplicate: isFunction,
  corrupt: isFunction,
  tamper: isFunction,
  reorder: isFunction,
  reorderDelay: value => value === 1.5,
  blackhole: isFlag,
  mtu: never,
  icmp: isFlag,
  fragment: isFlag,
}

const CASES: Readonly<Record<string, Case>> = {
  openTun: {
    // A sound option is refused for another reason, before anything is opened.
    call: options => openTun({ ...(options as object), name: 'a/b' }),
    fits: {
      address: value => isText(value),
      up: isFlag,
      offload: isFlag,
      onError: isFunction,
    },
  },
  'openTun, numbers': {
    call: options => openTun({ ...(options as object), address: 'nowhere' }),
    fits: { mtu: never, busyPoll: never, queues: never, name: isText },
  },
  createStack: {
    call: createStack,
    fits: {
      link: isObject,
      address: isText,
      loopback: isObject,
      tcp: isObject,
      ip: isObject,
      memory: isObject,
      trace: orNull(isFunction),
      lookup: isFunction,
      clock: isObject,
      random: isObject,
      recorder: isObject,
      report: isFunction,
    },
  },
  createStackPool: {
    call: options => createStackPool({ module: 'relative', ...(options as object) } as never),
    base: { address: '192.0.2.2/24' },
    fits: {
      module: never,
      address: isText,
      workers: never,
      flows: never,
      tun: isObject,
      tcp: isObject,
      ip: isObject,
      memory: isObject,
      faults: isFlag,
      onThread: isFunction,
      onError: isFunction,
    },
  },
  'stack.createServer': {
    call: o => socketStack.createServer(o),
    fits: { lend: isFlag, fairReads: isFlag, tcp: isObject },
  },
  'stack.connect': {
    call: options => socketStack.connect({ port: 1, ...(options as object) }),
    fits: { lend: isFlag, fairReads: isFlag, tcp: isObject },
  },
  createPipe: {
    call: options => createPipe(clock, options),
    fits: { mtu: isNumber, offload: isFlag, delay: isNumber, queue: isNumber, names: isList },
  },
  emulate: { call: o => emulate(pipe(), o, random, clock), fits: { out: isObject, in: isObject } },
  'emulate, a path': {
    call: options => emulate(pipe(), { out: options }, random, clock),
    fits: path,
  },
  packetDeviceLink: {
    call: options => packetDeviceLink({ on() {}, write() {} } as never, options),
    fits: { name: isText, mtu: isNumber },
  },
  createLog: {
    call: createLog,
    base: { level: 'silent' },
    fits: { level: never, pretty: isFlag, color: isFlag, destination: isObject },
  },
  Capture: {
    call: options => new Capture(() => {}, options),
    base: { wallClockOffset: 0 },
    fits: { wallClockOffset: isNumber, application: isText, interfaces: isList },
  },
  Qlog: {
    call: options => new Qlog(() => {}, options),
    base: { from: 0 },
    fits: { from: isNumber, epoch: orNull(isNumber), title: isText, vantagePoint: never },
  },
  formatConnections: { call: options => formatConnections([], options), fits: { extended: isFlag } },
  'createNetwork of the simulator': {
    call: createNetwork,
    fits: { seed: isSeed, ladder: isNumber, tcp: isObject },
  },
  'host of the simulator': {
    call: options => network.host('a', options),
    fits: {
      address: isText,
      tcp: isObject,
      ip: isObject,
      mtu: isNumber,
      memory: isObject,
      trace: orNull(isFunction),
      report: isFunction,
    },
  },
  packetdrill: {
    call: options => packetdrill('x', '', options),
    fits: { config: isObject, defines: isObject, readFile: isFunction, trace: orNull(isFunction) },
  },
  'createNetwork of tests': {
    call: testNetwork,
    fits: {
      seed: isSeed,
      time: never,
      timers: isObject,
      grain: isNumber,
      family: never,
      tcp: isObject,
      link: isObject,
      ladder: never,
    },
  },
  startProxy: {
    call: options => startProxy({ target: 'localhost', ...(options as object) }),
    fits: {
      listen: isText,
      seed: isSeed,
      link: isObject,
      tcp: isObject,
      ladder: never,
      pcap: isText,
    },
  },
}

test.after.always(() => socketStack.close({ grace: 0 }))

/** The error of a call, or of the promise that it returns; null when there is none. */
const errorOf = async (call: () => unknown): Promise<Error | null> => {
  try {
    await call()
    return null
  } catch (error) {
    return error as Error
  }
}

for (const [name, { call, base = {}, fits }] of Object.entries(CASES))
  test(`${name} refuses values of a wrong kind`, async t => {
    for (const [option, fit] of Object.entries(fits))
      for (const value of VALUES) {
        if (fit(value)) continue
        const what = `${name} { ${option}: ${String(value) === 'NaN' ? 'NaN' : JSON.stringify(value)} }`
        const error = await errorOf(() => call({ ...base, [option]: value } as never))
        if (error === null) t.fail(`${what} is taken`)
        else {
          t.true(error instanceof TypeError || error instanceof RangeError, `${what}: ${error.stack}`)
          t.true(error.message.toLowerCase().includes(option.toLowerCase()), `${what}: ${error.message}`)
        }
      }
  })

for (const option of ['deferAccept', 'retries', 'initialWindow', 'ttl'])
  test(`the option ${option} of the TCP counts: it is a whole number`, t => {
    t.throws(() => createStack({ tcp: { [option]: 1.5 } }), {
      instanceOf: RangeError,
      message: new RegExp(`^TCP option ${option} must be a whole number, not 1\\.5$`),
    })
  })

test('a word that an option does not know is told with those that it knows', t => {
  t.throws(() => createLog({ level: 'verbose' as never }), {
    message:
      "The property 'options.level' must be one of silent, warn, info, debug, trace. Received 'verbose'",
  })
})

test('an address without a link is refused: it would be of nothing', t => {
  t.throws(() => createStack({ address: '192.0.2.2/24' }), { message: /'options\.link' is missing/ })
})

test('a pool needs an address', async t => {
  await t.throwsAsync(createStackPool({ module: '/m.js' } as never), {
    message: /options\.address.*undefined/,
  })
})
