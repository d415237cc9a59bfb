import test from 'ava'
import { bitsPerSecond, bytes, milliseconds, probability } from '../../src/faults/units.ts'

test('durations: a number is milliseconds, text bears its unit', t => {
  const values: [number | string, number][] = [
    [40, 40],
    [0.5, 0.5],
    ['40', 40],
    ['250us', 0.25],
    ['250µs', 0.25],
    ['40ms', 40],
    [' 40 MS ', 40],
    ['1.5s', 1500],
    ['.5s', 500],
    ['15min', 900_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1e3ms', 1000],
    [0, 0],
  ]
  for (const [given, ms] of values) t.is(milliseconds('delay', given), ms, String(given))
})

test('rates are bits a second, sizes bytes, probabilities 0 to 1', t => {
  t.is(bitsPerSecond('rate', 5), 5)
  t.is(bitsPerSecond('rate', '64kbit'), 64_000)
  t.is(bitsPerSecond('rate', '10Mbit'), 10e6)
  t.is(bitsPerSecond('rate', '2.5gbit'), 2.5e9)
  t.is(bitsPerSecond('rate', Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY)
  t.is(bytes('queue', 1500), 1500)
  t.is(bytes('queue', '64kB'), 64_000)
  t.is(bytes('queue', '64KiB'), 65_536)
  t.is(bytes('queue', '1.5MB'), 1_500_000)
  t.is(probability('loss', 0.05), 0.05)
  t.is(probability('loss', '5%'), 0.05)
  t.is(probability('loss', '0.1 %'), 0.001)
  t.is(probability('loss', '7%'), 0.07)
  t.is(probability('loss', '100%'), 1)
})

test('what is wrong is named, with what was given and what is allowed', t => {
  t.throws(() => milliseconds('link.delay', '40 parsecs'), {
    instanceOf: TypeError,
    code: 'ERR_INVALID_ARG_VALUE',
    message:
      "The property 'link.delay' must be a duration, such as 40 (milliseconds), '40ms', '1.5s' or '15min' (us, ms, s, min, h, d). Received '40 parsecs'",
  })
  t.throws(() => milliseconds('link.delay', '-2s'), {
    instanceOf: RangeError,
    code: 'ERR_OUT_OF_RANGE',
    message:
      "The value of \"link.delay\" is out of range. It must be a duration of 0 or more, such as 40 (milliseconds), '40ms', '1.5s' or '15min' (us, ms, s, min, h, d). Received '-2s'",
  })
  t.throws(() => bitsPerSecond('rate', '10mbps'), {
    code: 'ERR_INVALID_ARG_VALUE',
    message:
      "The argument 'rate' must be a rate, such as 1e6 (bits a second), '64kbit', '10mbit' or '1gbit'. Received '10mbps'",
  })
  t.throws(() => probability('loss', 5), {
    instanceOf: RangeError,
    message:
      'The value of "loss" is out of range. It must be a probability from 0 to 1 (0% to 100%), such as 0.05 or \'5%\'. Received 5',
  })
  t.throws(() => bytes('mtu', 60, 68), {
    message:
      "The value of \"mtu\" is out of range. It must be a size of 68 bytes or more, such as 1500 (bytes), '64kB' (64,000) or '64KiB' (65,536). Received 60",
  })
  t.throws(() => probability('loss', {} as never), {
    instanceOf: TypeError,
    code: 'ERR_INVALID_ARG_TYPE',
    message:
      'The "loss" argument must be a probability, such as 0.05 or \'5%\'. Received an instance of Object',
  })
  for (const bad of [Number.NaN, -1, Number.POSITIVE_INFINITY])
    t.throws(() => milliseconds('x', bad), { instanceOf: RangeError })
  for (const bad of [0, -1, Number.NaN, '0kbit'])
    t.throws(() => bitsPerSecond('x', bad), { instanceOf: RangeError })
  for (const bad of [1.5, -1, Number.NaN]) t.throws(() => bytes('x', bad), { instanceOf: RangeError })
  for (const bad of ['101%', 1.01, -0.1, Number.NaN])
    t.throws(() => probability('x', bad), { instanceOf: RangeError })
  for (const bad of ['', 'ms', '1 2ms', '1_000', '0x10', 'Infinity', '1msx', '5%%', 'constructor'])
    t.throws(() => milliseconds('x', bad), { code: 'ERR_INVALID_ARG_VALUE' }, bad)
})
