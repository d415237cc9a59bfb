import test from 'ava'
import { AssertionFailure, Python } from '../../src/packetdrill/python.ts'
import { PythonError } from '../../src/packetdrill/python-lexer.ts'

const VALUES: Record<string, number> = {
  tcpi_snd_cwnd: 10,
  tcpi_options: 7,
  TCPI_OPT_SYN_DATA: 32,
  TCP_CA_Open: 0,
}

const run = (...blocks: string[]): string[] => {
  const printed: string[] = []
  const python = new Python(
    name => VALUES[name],
    text => printed.push(text),
  )
  for (const block of blocks) python.run(block)
  return printed
}

test('assertions that hold', t => {
  for (const code of [
    'assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd',
    'assert (tcpi_options & TCPI_OPT_SYN_DATA) == 0, tcpi_options',
    'assert 9 <= tcpi_snd_cwnd <= 11',
    'assert 9 < tcpi_snd_cwnd and not tcpi_snd_cwnd < 10 or False',
    'assert tcpi_snd_cwnd in (9, 10) and tcpi_snd_cwnd not in [1, 2] and 5 in range(3, 6)',
    'assert "b" in "abc" and "d" not in "abc"',
    'assert 7 // 2 == 3 and -7 // 2 == -4 and -7 % 3 == 2 and 7 / 2 == 3.5 and 2 ** 3 ** 2 == 512',
    'assert -2 ** 2 == -4 and 1 << 4 | 1 == 17 and ~0 == -1 and 6 ^ 3 == 5',
    'assert 0x10 == 16 and 1e3 == 1000 and .5 * 2 == 1.',
    'assert abs(-3) == 3 and min(2, 1) == 1 and max([1, 4]) == 4 and len("abc") == 3 and int(2.9) == 2',
    'assert (1 if tcpi_snd_cwnd > 5 else 2) == 1',
    'assert 0xffffffff & 0xf0000000 == 0xf0000000',
    'assert None is None and True == 1 and 1 is not None',
    'assert 1 != 2; assert 2 > 1 # a comment',
    'assert (1 ==\n  1)',
    'assert 1 == \\\n 1',
    'pass',
  ])
    t.notThrows(() => run(code), code)
})

test('names last from block to block, and may be added to', t => {
  t.deepEqual(
    run(
      'cwnd = 10\nTCP_INFINITE_SSTHRESH = 0x7fffffff',
      'cwnd += 2; print(cwnd)',
      "print('cwnd=%d of %s %5.1f|%04x' % (cwnd, 'all', 1.25, 255), [1, 'a'])",
      'cwnd -= 3; cwnd *= 2; cwnd //= 5\nprint(cwnd)',
    ),
    ['12', "cwnd=12 of all   1.3|00ff [1, 'a']".replace('1.3', (1.25).toFixed(1)), '3'],
  )
})

test('an assertion that does not hold names itself, its message and its line', t => {
  const error = t.throws(() => run('x = 1\n\nassert tcpi_snd_cwnd == 9, "cwnd is %d" % tcpi_snd_cwnd'), {
    instanceOf: AssertionFailure,
  })
  t.is(error?.message, 'tcpi_snd_cwnd == 9: cwnd is 10')
  t.is(error?.line, 2)
  t.throws(() => run('assert 0'), { instanceOf: AssertionFailure, message: '0' })
  t.throws(() => run('assert 1 < 3 < 2'), { instanceOf: AssertionFailure })
})

const wrong = (code: string, message: string) =>
  test(`${JSON.stringify(code)}: ${message}`, t => {
    t.throws(() => run(code), { instanceOf: PythonError, message })
  })

wrong('assert tcpi_nothing == 1', "the name 'tcpi_nothing' means nothing")
wrong('for x in y: pass', "'for' is more Python than tuntcp knows")
wrong('import os', "'import' is more Python than tuntcp knows")
wrong('assert 1 ==', "expected a value, not 'the end'")
wrong('assert (1', "expected ',', not 'the end'")
wrong('assert 1 2', "'2' was not expected here")
wrong('x = 1 / 0', 'division by zero')
wrong('x = 1 + "a"', 'a number + a string is no sum that Python does')
wrong('assert 1 < "a"', 'a number and a string have no order')
wrong('x = 1 @ 2', "'@' begins nothing that is Python")
wrong('x = 1 << 100', 'a shift by 0 to 64 bits')
wrong('x = range(10 ** 9)', 'a range this long is not for a script')
wrong(`x = ${'('.repeat(500)}`, 'too deeply nested')
wrong('tcpi_snd_cwnd()', "'tcpi_snd_cwnd' is no function")

test('f-strings are as CPython has them', t => {
  t.deepEqual(
    run(
      'x = 7',
      'print(f"a{x}b {{}} {x + 1:03d} {x=} {x!r} {x==7}")',
      "print(f\"{3.14159:.2f} {'q':>3}|{'q':<3}|{'q':^5}| {255:x} {255:08X}\" f'{x}')",
    ),
    ['a7b {} 008 x=7 7 True', '3.14   q|q  |  q  | ff 000000FF7'],
  )
  for (const code of ['print(f"{")', 'print(f"}")', 'print(f"{x:q}")', 'print(f"{}")', 'print(f"{1 2}")'])
    t.throws(() => run('x = 1', code), { instanceOf: PythonError }, code)
})
