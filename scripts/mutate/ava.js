/** As much of ava as tests that are run for mutants need: they may only pass or throw, how fast is what counts. */
import assert from 'node:assert/strict'

/** @type {{ file: string, title: string, run: () => Promise<void> }[]} */
export const tests = []
let file = ''

export const loading = name => {
  file = name
}

const like = (actual, expected) => {
  if (expected === null || typeof expected !== 'object') assert.deepEqual(actual, expected)
  else for (const key of Object.keys(expected)) like(actual?.[key], expected[key])
}

const expected = (error, expectation) => {
  if (typeof expectation !== 'object') return
  const { instanceOf, message, code, name, is } = expectation
  if (instanceOf !== undefined) assert.ok(error instanceof instanceOf)
  if (code !== undefined) assert.equal(error.code, code)
  if (name !== undefined) assert.equal(error.name, name)
  if (is !== undefined) assert.equal(error, is)
  if (message instanceof RegExp) assert.match(error.message, message)
  else if (typeof message === 'function') assert.ok(message(error.message))
  else if (message !== undefined) assert.equal(error.message, message)
}

const NOT = Symbol('not thrown')

const t = {
  is: (a, b) => assert.ok(Object.is(a, b)),
  not: (a, b) => assert.ok(!Object.is(a, b)),
  true: a => assert.ok(a === true),
  false: a => assert.ok(a === false),
  truthy: a => assert.ok(a),
  falsy: a => assert.ok(!a),
  assert: a => assert.ok(a),
  deepEqual: (a, b) => assert.deepEqual(a, b),
  notDeepEqual: (a, b) => assert.notDeepEqual(a, b),
  like,
  regex: (a, b) => assert.match(a, b),
  notRegex: (a, b) => assert.doesNotMatch(a, b),
  throws(body, expectation) {
    let thrown = NOT
    try {
      body()
    } catch (error) {
      thrown = error
    }
    assert.ok(thrown !== NOT)
    expected(thrown, expectation)
    return thrown
  },
  async throwsAsync(body, expectation) {
    let thrown = NOT
    try {
      await (typeof body === 'function' ? body() : body)
    } catch (error) {
      thrown = error
    }
    assert.ok(thrown !== NOT)
    expected(thrown, expectation)
    return thrown
  },
  notThrows: body => body(),
  notThrowsAsync: body => (typeof body === 'function' ? body() : body),
  pass() {},
  fail(message) {
    assert.fail(message)
  },
  log() {},
  timeout() {},
  plan() {},
}

const test = (title, body, ...args) => {
  tests.push({ file, title, run: async () => body({ ...t, title }, ...args) })
}
test.serial = test
test.skip = () => {}
test.todo = () => {}
test.failing = () => {}

export default test
